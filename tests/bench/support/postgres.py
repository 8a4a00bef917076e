"""A PostgreSQL of the benchmark's own: durable as in production, the same for all that are measured."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from support.process import Failure, Program, free_port


def _memory_megabytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1048576


def settings():
    """What a careful operator sets on a small machine. Nothing here trades durability for speed."""
    memory = _memory_megabytes()
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": f"{min(memory // 4, 2048)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "wal_buffers": "64MB",
        "min_wal_size": "4GB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "30min",
        "maintenance_work_mem": f"{min(memory // 16, 1024)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "200",
        "timezone": "UTC",
    }


def _programs():
    folders = [path for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if not folders:
        raise Failure("PostgreSQL is not installed: scripts/deps run")
    return max(folders, key=lambda path: int(path.parent.name))


class Postgres:
    """Runs as the user postgres when we are root, since PostgreSQL refuses to run as root."""

    def __init__(self, places):
        self.programs = _programs()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.port = free_port()
        self.folder = self._make_folder(places)
        self.program = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _make_folder(self, places):
        """The first place that the server's user can reach."""
        for place in places:
            try:
                pathlib.Path(place).mkdir(parents=True, exist_ok=True)
                folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-postgres-", dir=place))
            except OSError:
                continue
            if self.user:
                owner = pwd.getpwnam(self.user)
                os.chown(folder, owner.pw_uid, owner.pw_gid)
            if self._run(["test", "-w", folder], check=False).returncode == 0:
                return folder
            shutil.rmtree(folder)
        raise Failure(f"no folder for PostgreSQL among {', '.join(map(str, places))}")

    def _run(self, argv, check=True):
        done = subprocess.run(
            [str(each) for each in argv],
            cwd="/",
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise Failure(f"{argv[0]}: {done.stdout.strip()}")
        return done

    def _start(self):
        data = self.folder / "data"
        self._run([self.programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
        argv = [self.programs / "postgres", "-D", data]
        for name, value in {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            **settings(),
        }.items():
            argv += ["-c", f"{name}={value}"]
        # SIGQUIT is the immediate shutdown: the server's own children end too.
        self.program = Program(argv, self.folder.with_suffix(".log"), user=self.user, cwd="/", death_signal=signal.SIGQUIT)
        until = time.monotonic() + 60
        while self._run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port], check=False).returncode != 0:
            if not self.program.is_running() or time.monotonic() > until:
                raise Failure(f"PostgreSQL does not start: {self.program.tail()}")
            time.sleep(0.05)

    def run_in(self):
        """Brings it to where a server is that has run for a while: its shared memory touched, and segments of the log there to be
        written again. A new server makes both during its first gigabytes, and whoever is measured first would pay for it."""
        self.sql("CREATE DATABASE run_in")
        self.sql(
            "CREATE TABLE filler (i integer, text text);"
            "INSERT INTO filler SELECT i, repeat(md5(i::text), 60) FROM generate_series(1, 1250000) i",
            "run_in",
        )
        self.sql("CHECKPOINT")
        self.drop_database("run_in")
        self.sql("CHECKPOINT")

    def stop(self):
        if self.program:
            self.program.stop(signal.SIGINT, limit=60)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.with_suffix(".log").unlink(missing_ok=True)

    def url(self, database="postgres"):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, text, database="postgres"):
        """Runs statements, each for itself; what they return, as psql -At prints it."""
        done = subprocess.run(
            [self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Failure(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def create_database(self, name, template=None):
        """A fresh one, and the server at rest, so that everybody starts alike."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        self.sql("CHECKPOINT")

    def drop_database(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def version(self):
        return self.sql("SHOW server_version").split()[0]


def syncs_per_second(folder):
    """How often a second this disk makes 8 KiB durable, one after another: the context of all figures."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        begin = time.monotonic()
        count = 0
        while time.monotonic() < begin + 0.5:
            os.pwrite(file.fileno(), b"x" * 8192, 0)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.monotonic() - begin)
