"""A login with Flask-JWT-Extended: its documented routes, a logout that revokes, and its own answers to a token it refuses.

ACCESS_SECONDS  lifetime of an access token (default 900)
CORS_ORIGINS    origins that may read answers, parted by commas
"""

import os
from datetime import timedelta

from flask import Flask, jsonify, request
from flask_cors import CORS
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
)

PASSWORDS = {"alice": "alice-canary-pass"}
revoked = set()

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = "signs-tokens-of-a-test-server-and-nothing-else"
app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(seconds=int(os.environ.get("ACCESS_SECONDS", "900")))
CORS(app, origins=os.environ.get("CORS_ORIGINS", "").split(","))
tokens = JWTManager(app)


@tokens.token_in_blocklist_loader
def is_revoked(_header, claims):
    return claims["jti"] in revoked


@app.post("/login")
def login():
    name = request.json.get("username")
    if PASSWORDS.get(name) != request.json.get("password"):
        return jsonify(msg="Bad username or password"), 401
    return jsonify(access_token=create_access_token(name), refresh_token=create_refresh_token(name))


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    return jsonify(access_token=create_access_token(get_jwt_identity()))


@app.delete("/logout")
@jwt_required(verify_type=False)
def logout():
    revoked.add(get_jwt()["jti"])
    return jsonify(msg="Token revoked")


@app.get("/me")
@jwt_required()
def me():
    return jsonify(username=get_jwt_identity())
