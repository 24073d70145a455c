"""The logins that Django projects have, each as its package ships it: nothing here but their settings and routes.

SimpleJWT (/api/token/, rotating, with its blacklist), REST framework's own tokens (/api-token-auth/), djoser (/djoser/)
and dj-rest-auth with its tokens in HttpOnly cookies (/auth/). `/api/me` answers whoever has any of them.
ACCESS_SECONDS  lifetime of an access token (default 300)
CORS_ORIGINS    origins that may read answers, and send cookies, parted by commas
DATABASE        the path of an SQLite file, made anew at each start
"""

import os
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings

DATABASE = Path(os.environ["DATABASE"])
DATABASE.unlink(missing_ok=True)

settings.configure(
    SECRET_KEY="signs-tokens-of-a-test-server-and-nothing-else",
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATABASE)}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "corsheaders",
        "rest_framework",
        "rest_framework.authtoken",
        "rest_framework_simplejwt.token_blacklist",
        "djoser",
        "dj_rest_auth",
    ],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    CORS_ALLOWED_ORIGINS=[origin for origin in os.environ.get("CORS_ORIGINS", "").split(",") if origin],
    CORS_ALLOW_CREDENTIALS=True,
    # Fast and weak: the passwords are of tests.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "dj_rest_auth.jwt_auth.JWTCookieAuthentication",
            "rest_framework.authentication.TokenAuthentication",
        ],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    SIMPLE_JWT={
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=int(os.environ.get("ACCESS_SECONDS", "300"))),
        "ROTATE_REFRESH_TOKENS": True,
        "BLACKLIST_AFTER_ROTATION": True,
    },
    REST_AUTH={
        "USE_JWT": True,
        "JWT_AUTH_HTTPONLY": True,
        "JWT_AUTH_COOKIE": "access",
        "JWT_AUTH_REFRESH_COOKIE": "refresh",
    },
)
django.setup()

from dj_rest_auth.jwt_auth import get_refresh_view  # noqa: E402
from dj_rest_auth.views import LoginView, LogoutView  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.authtoken.views import obtain_auth_token  # noqa: E402
from rest_framework.decorators import api_view, permission_classes  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework_simplejwt.views import (  # noqa: E402
    TokenBlacklistView,
    TokenObtainPairView,
    TokenRefreshView,
)


@api_view()
@permission_classes([IsAuthenticated])
def me(request):
    return Response({"username": request.user.get_username()})


urlpatterns = [
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
    path("api/token/blacklist/", TokenBlacklistView.as_view()),
    path("api-token-auth/", obtain_auth_token),
    path("djoser/", include("djoser.urls.authtoken")),
    path("auth/login/", LoginView.as_view()),
    path("auth/logout/", LogoutView.as_view()),
    path("auth/token/refresh/", get_refresh_view().as_view()),
    path("api/me", me),
]

call_command("migrate", verbosity=0)
users = get_user_model().objects
users.create_user("alice", password="alice-canary-pass")
users.create_user("dora", password="dora-canary-pass", is_active=False)

application = get_wsgi_application()
