"""A client made of paramiko, for tests/interop/libraries.bats:

    client_paramiko.py HOST PORT USER KEY HOST-KEY COMMAND

KEY is a private key file, HOST-KEY the public key (base64) that the server must show. Standard input, both
outputs and the exit status are COMMAND's; what was negotiated is on standard error with NANO_SSH_VERBOSE set.
"""
import base64, logging, os, socket, sys, threading, warnings
warnings.simplefilter("ignore")
import paramiko

logging.getLogger("paramiko").addHandler(logging.NullHandler())
host, port, user, key, host_key, command = sys.argv[1:]

def forward(receive, fd):
    while data := receive(65536):
        while data: data = data[os.write(fd, data):]

def feed(channel):
    while data := os.read(0, 65536):
        channel.sendall(data)
    channel.shutdown_write()

transport = paramiko.Transport(socket.create_connection((host, int(port))))
try:
    transport.start_client(timeout=30)
    if os.environ.get("NANO_SSH_VERBOSE"):
        print("cipher", transport.remote_cipher, "mac", transport.remote_mac, file=sys.stderr)
    if transport.get_remote_server_key().asbytes() != base64.b64decode(host_key):
        raise paramiko.SSHException("another host key")
    transport.auth_publickey(user, paramiko.Ed25519Key.from_private_key_file(key))
    channel = transport.open_session()
    channel.exec_command(command)
except (paramiko.SSHException, EOFError) as e:
    print("paramiko:", e, file=sys.stderr)
    transport.close()
    sys.exit(255)
threads = [threading.Thread(target=forward, args=(channel.recv, 1)), threading.Thread(target=forward, args=(channel.recv_stderr, 2))]
for t in threads: t.start()
feeder = threading.Thread(target=feed, args=(channel,), daemon=True)
feeder.start()
for t in threads: t.join()
status = channel.recv_exit_status()
transport.close()
os._exit(status)
