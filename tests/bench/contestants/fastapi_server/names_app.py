"""What a good user of FastAPI writes for names: a dict, nothing else."""

import os

from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()
names = {}


@app.on_event("startup")
async def start():
    with open(os.environ["NAMES"], encoding="utf-8") as file:
        for line in file:
            enterprise, phone, name = line.rstrip("\n").split("\t")
            names[enterprise, phone] = name


@app.get("/ready")
async def ready():
    return {"status": "ready"}


@app.get("/customer-name/{enterprise}/{phone}")
async def customer_name(enterprise: str, phone: str):
    return JSONResponse({"name": names.get((enterprise, phone))})
