"""FastAPI + uvicorn + asyncpg + uvloop, Debian's packages."""

import json
import os
import pathlib
import subprocess

from contestants import durable_table
from support.process import Program, free_port

PYTHON = "/usr/bin/python3"  # Debian's, to which the packages belong.
NAME = "FastAPI + uvicorn + asyncpg"
DUTIES = "JSON parsed, Token looked up in memory, one INSERT and commit per event from a pool, access log to a file"


def why_not():
    done = subprocess.run(
        [PYTHON, "-c", "import fastapi, uvicorn, asyncpg, uvloop, httptools"], capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else "its Debian packages are missing: scripts/deps bench"


def versions():
    code = "import fastapi, uvicorn, asyncpg; print(fastapi.__version__, uvicorn.__version__, asyncpg.__version__)"
    fastapi, uvicorn, asyncpg = subprocess.check_output([PYTHON, "-c", code], text=True).split()
    return f"FastAPI {fastapi}, uvicorn {uvicorn}, asyncpg {asyncpg}"


def log_settings(folder):
    path = folder / "fastapi-log.json"
    path.write_text(
        json.dumps(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "formatters": {
                    "access": {
                        "()": "uvicorn.logging.AccessFormatter",
                        "fmt": '%(asctime)s [%(levelname)s] %(client_addr)s "%(request_line)s" %(status_code)s',
                        "use_colors": False,
                    }
                },
                "handlers": {
                    "access": {
                        "class": "logging.FileHandler",
                        "formatter": "access",
                        "filename": str(folder / "fastapi-access.log"),
                    }
                },
                "loggers": {"uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False}},
            }
        ),
        encoding="utf-8",
    )
    return path


class Contestant:
    def __init__(self, postgres, folder, workers, enterprises, pool=16):
        self.postgres = postgres
        self.database = "fastapi"
        self.port = free_port()
        durable_table.make(postgres, self.database, enterprises)
        self.program = Program(
            [PYTHON, "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", self.port, "--workers", workers,
             "--loop", "uvloop", "--http", "httptools", "--log-config", log_settings(folder)],
            folder / "fastapi.log",
            env={**os.environ, "DATABASE_URL": postgres.url(self.database), "POOL_SIZE": str(pool),
                 "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=pathlib.Path(__file__).parent / "fastapi_server",
        )
        self.program.wait_for_http(f"http://127.0.0.1:{self.port}/ready")

    def stored(self):
        return durable_table.count(self.postgres, self.database)

    def stop(self):
        self.program.stop(limit=15)
        self.postgres.drop_database(self.database)
