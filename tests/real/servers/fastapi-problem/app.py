"""A login whose every error is an RFC 9457 problem written by the fastapi-problem library.

ACCESS_SECONDS  lifetime of an access token (default 900)
CORS_ORIGINS    origins that may read answers, parted by commas
"""

import os
import secrets
import time
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi_problem.cors import CorsConfiguration
from fastapi_problem.error import ForbiddenProblem, StatusProblem, UnauthorisedProblem
from fastapi_problem.handler import add_exception_handler, new_exception_handler
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel, Field

ACCESS_SECONDS = int(os.environ.get("ACCESS_SECONDS", "900"))
ORIGINS = os.environ.get("CORS_ORIGINS", "").split(",")
ATTEMPTS = 3

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=ORIGINS, allow_methods=["*"], allow_headers=["*"])
add_exception_handler(
    app,
    new_exception_handler(
        cors=CorsConfiguration(allow_origins=ORIGINS, allow_methods=["*"], allow_headers=["*"], allow_credentials=False)
    ),
)

accesses: dict[str, tuple[str, float]] = {}
refreshes: dict[str, str] = {}
failures: dict[str, int] = {}


class WrongPassword(UnauthorisedProblem):
    type_ = "wrong-password"
    title = "Wrong user name or password"


class AccountLocked(ForbiddenProblem):
    type_ = "account-locked"
    title = "Account locked"


class TooManyAttempts(StatusProblem):
    type_ = "too-many-attempts"
    title = "Too many attempts"
    status = 429


class TokenRefused(UnauthorisedProblem):
    type_ = "token-refused"
    title = "Token refused"


class LoginBody(BaseModel):
    username: str
    password: str = Field(min_length=12)


class RefreshBody(BaseModel):
    refresh_token: str


def issue(username: str) -> dict:
    access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    accesses[access] = (username, time.time() + ACCESS_SECONDS)
    refreshes[refresh] = username
    return {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}


@app.post("/auth/login")
def login(body: LoginBody) -> dict:
    if body.username == "locked":
        raise AccountLocked("An administrator has to unlock this account.", locked_until="2030-01-01T00:00:00Z")
    if body.username == "crash":
        # The library's default handler hands an exception's text to the client.
        raise RuntimeError(f"no such column: {body.password}")
    if failures.get(body.username, 0) >= ATTEMPTS:
        raise TooManyAttempts("Wait before the next attempt.", headers={"Retry-After": "30"}, retry_after=30)
    if (body.username, body.password) != ("alice", "alice-canary-pass"):
        failures[body.username] = failures.get(body.username, 0) + 1
        raise WrongPassword("Check both and try again.", attempts_left=ATTEMPTS - failures[body.username])
    return issue(body.username)


@app.post("/auth/refresh")
def refresh(body: RefreshBody) -> dict:
    username = refreshes.pop(body.refresh_token, None)
    if username is None:
        raise TokenRefused("The refresh token is unknown or was used before.")
    return issue(username)


@app.get("/me")
def me(authorization: Annotated[str, Header()] = "") -> dict:
    username, until = accesses.get(authorization.removeprefix("Bearer "), ("", 0))
    if until < time.time():
        raise TokenRefused("The access token is unknown or has expired.")
    return {"username": username}
