"""Who answers GET /customer-name/{ent}/{phone}: ours from its cache, nginx with a constant, FastAPI from a dict.

Each runs on the processor that it is given, with keep-alive and an access log to a file."""

import json
import os
import pathlib
import subprocess
import urllib.request

from contestants import fastapi
from support.process import Failure, Program, free_port

_BIN = pathlib.Path(__file__).parents[3] / "build" / "bin"
_NGINX = next((path for path in ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx") if os.path.exists(path)), None)
ENTERPRISE = "0367"


def _pinned(cpu, argv):
    return ["taskset", "-c", cpu, *argv]


class Ours:
    NAME = "Trunkline integration-cache"
    KEY = "ours"
    DUTIES = "enterprise found, number brought to its canonical form, name from the cache; figures, access log"

    def __init__(self, postgres, redis_url, folder, cpu, names):
        postgres.create_database("names")
        env = {"PATH": os.environ["PATH"], "DATABASE_URL": postgres.url("names")}
        done = subprocess.run([_BIN / "trunkctl", "migrate"], env=env, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure("trunkctl migrate: " + done.stdout + done.stderr)
        rows = ",".join(f"('{ENTERPRISE}','{phone}','{name}',now(),now())" for phone, name in names)
        postgres.sql(
            f"INSERT INTO enterprises (number, name, name2) VALUES ('{ENTERPRISE}', 'june', '375293332255');"
            f"INSERT INTO customers (enterprise_number, phone, name, first_call_at, last_call_at) VALUES {rows}",
            "names",
        )
        self.postgres = postgres
        self.port = free_port()
        self.logs = folder / "ours-logs"
        env |= {"INTEGRATION_CACHE_PORT": str(self.port), "LOG_DIR": str(self.logs), "REDIS_URL": redis_url}
        self.program = Program(_pinned(cpu, [_BIN / "integration-cache"]), folder / "ours.log", env=env, cwd=folder)
        self.program.wait_for_http(f"http://127.0.0.1:{self.port}/ready")

    @staticmethod
    def why_not():
        return None if (_BIN / "integration-cache").exists() else "it is not built: scripts/build"

    @staticmethod
    def versions():
        return subprocess.check_output([_BIN / "integration-cache", "--version"], text=True).strip()

    def stats(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats") as answer:
            return json.load(answer)

    def stop(self):
        code = self.program.stop(limit=30)
        self.postgres.drop_database("names")
        if code != 0:
            raise Failure(f"integration-cache ended with {code}: {self.program.tail()}")


class Nginx:
    NAME = "nginx, a constant"
    KEY = "nginx"
    DUTIES = "return 200 with a text from its configuration, one worker, buffered access log"

    def __init__(self, _postgres, _redis_url, folder, cpu, names):
        self.port = free_port()
        place = folder / "nginx"
        place.mkdir()
        answer = json.dumps({"name": names[0][1]}, ensure_ascii=False, separators=(",", ":"))
        temporary = "".join(
            f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (place / "nginx.conf").write_text(
            f"""daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/error.log;
            {"user root;" if os.geteuid() == 0 else ""}
            events {{ worker_connections 1024; }}
            http {{
                {temporary}
                log_format alike '$time_iso8601 [INFO] $remote_addr "$request_method $uri" $status $body_bytes_sent $request_time';
                access_log {place}/access.log alike buffer=64k flush=1s;
                keepalive_requests 1000000000; default_type application/json;
                server {{
                    listen 127.0.0.1:{self.port} backlog=1024;
                    location / {{ return 200 '{answer}'; }}
                }}
            }}""",
            encoding="utf-8",
        )
        self.program = Program(_pinned(cpu, [_NGINX, "-p", place, "-c", place / "nginx.conf"]), folder / "nginx.log")
        self.program.wait_for_http(f"http://127.0.0.1:{self.port}/ready")

    @staticmethod
    def why_not():
        return None if _NGINX else "nginx is not installed: scripts/deps bench"

    @staticmethod
    def versions():
        return subprocess.run([_NGINX, "-v"], capture_output=True, text=True, check=True).stderr.strip()

    def stop(self):
        self.program.stop(limit=15)


class FastApi:
    NAME = "FastAPI + uvicorn, a dict"
    KEY = "fastapi"
    DUTIES = "JSONResponse of a dict's entry, one worker, uvloop, httptools, access log to a file"

    def __init__(self, _postgres, _redis_url, folder, cpu, names):
        self.port = free_port()
        listed = folder / "names.txt"
        listed.write_text("".join(f"{ENTERPRISE}\t{phone}\t{name}\n" for phone, name in names), encoding="utf-8")
        self.program = Program(
            _pinned(
                cpu,
                [fastapi.PYTHON, "-m", "uvicorn", "names_app:app", "--host", "127.0.0.1", "--port", self.port, "--loop", "uvloop",
                 "--http", "httptools", "--log-config", fastapi.log_settings(folder)],
            ),
            folder / "fastapi.log",
            env={**os.environ, "NAMES": str(listed), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=pathlib.Path(__file__).parent / "fastapi_server",
        )
        self.program.wait_for_http(f"http://127.0.0.1:{self.port}/ready")

    why_not = staticmethod(fastapi.why_not)
    versions = staticmethod(fastapi.versions)

    def stop(self):
        self.program.stop(limit=15)
