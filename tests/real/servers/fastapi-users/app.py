"""fastapi-users with its bearer transport and JWTs, as its documents set it up with SQLAlchemy.

ACCESS_SECONDS  lifetime of an access token (default 3600)
CORS_ORIGINS    origins that may read answers, parted by commas
DATABASE        the path of an SQLite file, made anew at each start
"""

import os
import uuid
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.schemas import BaseUserCreate
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

KEY = "signs-tokens-of-a-test-server-and-nothing-else"
DATABASE = Path(os.environ["DATABASE"])
DATABASE.unlink(missing_ok=True)
engine = create_async_engine(f"sqlite+aiosqlite:///{DATABASE}")
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class Users(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    pass


async def users():
    async with sessions() as session:
        yield Users(SQLAlchemyUserDatabase(session, User))


def strategy():
    return JWTStrategy(secret=KEY, lifetime_seconds=int(os.environ.get("ACCESS_SECONDS", "3600")))


bearer = AuthenticationBackend("jwt", transport=BearerTransport(tokenUrl="auth/jwt/login"), get_strategy=strategy)
routes = FastAPIUsers[User, uuid.UUID](users, [bearer])


@asynccontextmanager
async def with_users(_app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async for manager in users():
        for name, states in {"alice": {"is_verified": True}, "dora": {"is_active": False}, "nora": {}}.items():
            await manager.create(BaseUserCreate(email=f"{name}@example.com", password=f"{name}-canary-pass", **states))
    yield


app = FastAPI(lifespan=with_users)
app.add_middleware(
    CORSMiddleware,
    allow_origins=os.environ.get("CORS_ORIGINS", "").split(","),
    allow_methods=["*"],
    allow_headers=["*"],
)
app.include_router(routes.get_auth_router(bearer, requires_verification=True), prefix="/auth/jwt")


@app.get("/me")
async def me(user=Depends(routes.current_user(active=True))):
    return {"email": user.email}
