"""Files by asyncssh's SFTP and scp, for tests/interop/file_clients.bats:

    files_asyncssh.py HOST PORT USER KEY HOST-KEY FOLDER FAR [scp]

FOLDER is a tree to send, FAR an empty folder on the other side; what comes back is put into the present one,
as "sftp" or "scp". Ends with status 1 at what is not as it should be, with 255 when there is no login.
"""
import asyncio, os, sys, warnings
warnings.simplefilter("ignore")
import asyncssh

host, port, user, key, host_key, folder, far, *by = sys.argv[1:]

async def talk_scp(c):
    await asyncssh.scp(folder, (c, far + "/scp"), preserve=True, recurse=True)
    await asyncssh.scp((c, far + "/scp"), "scp", preserve=True, recurse=True)
    try:
        await asyncssh.scp((c, far + "/none"), "none")
    except asyncssh.SFTPError as e:
        assert "No such file" in str(e), e
    else:
        assert False, "what is not there came"

async def talk_sftp(c):
    async with c.start_sftp_client() as sftp:
        await sftp.put(folder, far + "/sftp", preserve=True, recurse=True)
        await sftp.get(far + "/sftp", "sftp", preserve=True, recurse=True)
        await sftp.chdir(far)
        assert sorted(await sftp.glob("sftp/a/b/3276*")) == ["sftp/a/b/32768", "sftp/a/b/32769"]
        assert len(await sftp.glob("sftp/**/*")) == sum(len(d) + len(f) for _, d, f in os.walk(folder))
        os.mkdir("many")
        await sftp.mget("sftp/a/b/*", "many")
        assert sorted(os.listdir("many")) == sorted(os.listdir(folder + "/a/b"))
        await sftp.copy("sftp/a/b/700000", "copied")
        assert await sftp.getsize("copied") == 700000
        assert (await sftp.statvfs(".")).bsize > 0
        async with sftp.open("copied", "r+b") as f:
            await f.seek(300000)
            assert len(await f.read()) == 400000
            await f.write(b"end", 800000)
            await f.fsync()
            await f.truncate(800002)
        assert open(far + "/copied", "rb").read()[700000:] == bytes(100000) + b"en"
        await sftp.link("copied", "hard")
        await sftp.symlink("copied", far + "/soft") # it makes the first one absolute
        assert os.stat(far + "/hard").st_nlink == 2 and await sftp.readlink("soft") == far + "/copied"
        await sftp.posix_rename("hard", "soft")
        await sftp.rmtree("sftp")
        assert not await sftp.exists("sftp")

async def main():
    known = ([asyncssh.import_public_key("ssh-ed25519 " + host_key)], [], [])
    async with asyncssh.connect(host, int(port), username=user, client_keys=[key], known_hosts=known, config=None,
                                agent_path=None) as c:
        await (talk_scp(c) if by else talk_sftp(c))

try:
    asyncio.run(main())
except (OSError, asyncssh.Error) as e:
    print("asyncssh:", type(e).__name__, e, file=sys.stderr)
    sys.exit(255)
