"""Files by paramiko's SFTP, for tests/interop/file_clients.bats:

    files_paramiko.py HOST PORT USER KEY HOST-KEY FILE FOLDER

FILE is what to send, FOLDER an empty one on the other side. Ends with status 1 at what is not as it should be,
with 255 when there is no login.
"""
import base64, io, os, random, socket, stat, sys, warnings
warnings.simplefilter("ignore")
import paramiko

host, port, user, key, host_key, file, folder = sys.argv[1:]
content = open(file, "rb").read()

transport = paramiko.Transport(socket.create_connection((host, int(port))))
try:
    transport.start_client(timeout=30)
    if transport.get_remote_server_key().asbytes() != base64.b64decode(host_key):
        raise paramiko.SSHException("another host key")
    transport.auth_publickey(user, paramiko.Ed25519Key.from_private_key_file(key))
except (paramiko.SSHException, EOFError) as e:
    print("paramiko:", e, file=sys.stderr)
    transport.close()
    sys.exit(255)
sftp = paramiko.SFTPClient.from_transport(transport)

def raises(kind, call, *arguments):
    try:
        call(*arguments)
    except kind:
        return True
    return False

def there_and_back():
    sftp.chdir(folder)
    assert sftp.getcwd() == os.path.realpath(folder)
    assert sftp.put(file, "put").st_size == len(content)
    sftp.get("put", "got") # with prefetch
    assert open("got", "rb").read() == content
    sftp.putfo(io.BytesIO(content), "stream", confirm=True)
    back = io.BytesIO()
    assert sftp.getfo("stream", back, prefetch=False) == len(content)
    assert back.getvalue() == content

def reads():
    with sftp.open("put") as f:
        assert f.read() == content # all at once
        # One behind the other and within the file: readv() itself mixes up parts that overlap, and after one
        # that ends behind the file the next read waits forever, whatever the server.
        parts = [(at, random.randrange(1, 300000)) for at in range(0, len(content) - 300000, 400000)]
        for (at, n), got in zip(parts, f.readv(parts)):
            assert got == content[at:at + n]
        f.seek(-10, 2)
        assert f.read(100) == content[-10:]
        f.seek(0)
        f.prefetch()
        f.seek(1000000)
        assert f.read(1000000) == content[1000000:2000000]

def writes():
    with sftp.open("written", "w") as f:
        f.set_pipelined(True)
        for i in range(0, len(content), 100000): f.write(content[i:i + 100000])
    with sftp.open("written", "a") as f: f.write(b"more")
    with sftp.open("written", "r+") as f:
        f.seek(5)
        f.write(b"12345")
        f.flush()
        assert f.stat().st_size == len(content) + 4
        f.chmod(0o600)
        f.utime((1, 2))
    st = sftp.stat("written")
    assert (stat.S_IMODE(st.st_mode), st.st_atime, st.st_mtime) == (0o600, 1, 2)
    assert open(folder + "/written", "rb").read() == content[:5] + b"12345" + content[10:] + b"more"
    sftp.truncate("written", 3)
    assert open(folder + "/written", "rb").read() == content[:3]
    assert raises(IOError, sftp.open, "written", "x")

def names():
    sftp.mkdir("sub", 0o750)
    sftp.symlink("sub", "link")
    assert sftp.readlink("link") == "sub" and stat.S_ISLNK(sftp.lstat("link").st_mode)
    assert stat.S_ISDIR(sftp.stat("link").st_mode)
    for i in range(300): sftp.open("sub/%d – ü" % i, "w").close()
    assert sorted(sftp.listdir("sub")) == sorted("%d – ü" % i for i in range(300))
    assert len(list(sftp.listdir_iter("sub"))) == 300
    assert {a.filename for a in sftp.listdir_attr(".")} == set(os.listdir(folder))
    assert raises(IOError, sftp.rename, "put", "stream") # nothing is replaced
    sftp.posix_rename("stream", "put")
    sftp.rename("put", "moved")
    assert raises(FileNotFoundError, sftp.stat, "put") and raises(FileNotFoundError, sftp.remove, "put")
    assert raises(IOError, sftp.rmdir, "sub")
    for name in sftp.listdir("sub"): sftp.remove("sub/" + name)
    sftp.rmdir("sub")
    assert sftp.normalize("././moved") == os.path.realpath(folder) + "/moved"

there_and_back(), reads(), writes(), names()
sftp.close()
transport.close()
