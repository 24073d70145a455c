"""The login of FastAPI's security tutorial, and the same users behind JSON login and refresh routes.

FastAPI's own OAuth2PasswordRequestForm, OAuth2PasswordBearer and validation do the protocol's work.
ACCESS_SECONDS  lifetime of an access token (default 1800); a refresh token lives ten times as long
CORS_ORIGINS    origins that may read answers, parted by commas
"""

import os
import time
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, Field

KEY = "signs-tokens-of-a-test-server-and-nothing-else"
ACCESS_SECONDS = int(os.environ.get("ACCESS_SECONDS", "1800"))
PASSWORDS = {"johndoe": "johndoe-canary-pass", "nodoe": "nodoe-canary-pass"}
DISABLED = {"nodoe"}

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=os.environ.get("CORS_ORIGINS", "").split(","),
    allow_methods=["*"],
    allow_headers=["*"],
)
bearer = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]


class LoginBody(BaseModel):
    username: str
    password: str = Field(min_length=12)


class RefreshBody(BaseModel):
    refresh_token: str


def refused(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


def check(username: str, password: str) -> None:
    if PASSWORDS.get(username) != password:
        raise refused("Incorrect username or password")


def sign(username: str, kind: str, seconds: int) -> str:
    return jwt.encode({"sub": username, "kind": kind, "exp": int(time.time()) + seconds}, KEY, algorithm="HS256")


def read(token: str, kind: str, detail: str) -> str:
    try:
        claims = jwt.decode(token, KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise refused(detail) from None
    if claims["kind"] != kind:
        raise refused(detail)
    return claims["sub"]


def pair(username: str) -> dict:
    return {
        "access_token": sign(username, "access", ACCESS_SECONDS),
        "refresh_token": sign(username, "refresh", ACCESS_SECONDS * 10),
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
    }


@app.post("/token")
def form_login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict:
    check(form.username, form.password)
    return {"access_token": sign(form.username, "access", ACCESS_SECONDS), "token_type": "bearer"}


@app.post("/json/login")
def json_login(body: LoginBody) -> dict:
    check(body.username, body.password)
    return pair(body.username)


@app.post("/json/refresh")
def json_refresh(body: RefreshBody) -> dict:
    return pair(read(body.refresh_token, "refresh", "Invalid refresh token"))


@app.get("/users/me")
def me(token: bearer) -> dict:
    username = read(token, "access", "Could not validate credentials")
    if username in DISABLED:
        raise HTTPException(400, "Inactive user")
    return {"username": username}
