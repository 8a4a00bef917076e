"""Fastify + pg, from npm by the checksums of contestants/fastify_server/package-lock.json.

Fastify 5 wants Node.js 20; where there is an older one, as in Debian 12, it is Fastify 4 (node18/), which costs some 10 % more.
"""

import json
import os
import pathlib
import shutil
import subprocess

from contestants import durable_table
from support.process import Failure, Program, free_port

NAME = "Fastify + pg"
DUTIES = "JSON parsed and checked by schema, Token looked up in memory, one INSERT and commit per event from a pool, access log to a file"
_SOURCE = pathlib.Path(__file__).parent / "fastify_server"


def why_not():
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node.js or npm is missing: scripts/deps web"
    try:
        _install()
    except Failure as failure:
        return str(failure)
    return None


def _store():
    return pathlib.Path(__file__).parents[3] / ".deps" / "bench-fastify"


def _node_version():
    return subprocess.check_output(["node", "--version"], text=True).strip().lstrip("v")


def _install():
    """As scripts/lib/web-assets does: by name and checksum, without install scripts."""
    store = _store()
    packages = _SOURCE if int(_node_version().split(".")[0]) >= 20 else _SOURCE / "node18"
    lock = (packages / "package-lock.json").read_bytes()
    fetched = store / "fetched-lock.json"
    if not fetched.exists() or fetched.read_bytes() != lock:
        store.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(packages / name, store)
        done = subprocess.run(
            ["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=store, capture_output=True, text=True, timeout=180, check=False,
        )
        if done.returncode != 0:
            raise Failure("npm ci failed: " + done.stderr.strip()[-500:])
        fetched.write_bytes(lock)
    shutil.copy(_SOURCE / "server.js", store)
    return store


def versions():
    modules = _store() / "node_modules"
    fastify, pg = (json.loads((modules / name / "package.json").read_text())["version"] for name in ("fastify", "pg"))
    return f"Fastify {fastify}, pg {pg}, Node.js {_node_version()}"


class Contestant:
    def __init__(self, postgres, folder, workers, enterprises, pool=16):
        self.postgres = postgres
        self.database = "fastify"
        self.port = free_port()
        durable_table.make(postgres, self.database, enterprises)
        self.program = Program(
            ["node", _install() / "server.js"],
            folder / "fastify.log",
            env={**os.environ, "DATABASE_URL": postgres.url(self.database), "PORT": str(self.port), "WORKERS": str(workers),
                 "POOL_SIZE": str(pool), "ACCESS_LOG": str(folder / "fastify-access.log"), "NODE_ENV": "production"},
            cwd=folder,
        )
        self.program.wait_for_http(f"http://127.0.0.1:{self.port}/ready")

    def stored(self):
        return durable_table.count(self.postgres, self.database)

    def stop(self):
        self.program.stop(limit=15)
        self.postgres.drop_database(self.database)
