"""A client made of asyncssh, for tests/interop/libraries.bats:

    client_asyncssh.py HOST PORT USER KEY HOST-KEY COMMAND

KEY is a private key file, HOST-KEY the public key (base64) that the server must show. Standard input, both
outputs and the exit status are COMMAND's; what was negotiated is on standard error with NANO_SSH_VERBOSE set.
"""
import asyncio, os, sys, warnings
warnings.simplefilter("ignore")
import asyncssh

host, port, user, key, host_key, command = sys.argv[1:]

async def forward(reader, fd):
    while data := await reader.read(65536):
        while data: data = data[os.write(fd, data):]

async def feed(writer):
    while data := await asyncio.to_thread(os.read, 0, 65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()

async def main():
    known = ([asyncssh.import_public_key("ssh-ed25519 " + host_key)], [], [])
    async with asyncssh.connect(host, int(port), username=user, client_keys=[key], known_hosts=known, config=None,
                                agent_path=None) as c:
        if os.environ.get("NANO_SSH_VERBOSE"):
            print("cipher", c.get_extra_info("recv_cipher"), "mac", c.get_extra_info("recv_mac"), file=sys.stderr)
        async with c.create_process(command, encoding=None) as p:
            feeding = asyncio.create_task(feed(p.stdin))
            await asyncio.gather(forward(p.stdout, 1), forward(p.stderr, 2))
            status = (await p.wait()).exit_status
            feeding.cancel()
    return status

try:
    status = asyncio.run(main())
except (OSError, asyncssh.Error) as e:
    print("asyncssh:", e, file=sys.stderr)
    status = 255
sys.exit(status)
