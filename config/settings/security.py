"""Keys, passwords, cookies, content security policy."""

from csp.constants import NONE, SELF

from config.settings.environment import DEBUG, listed, required, text

SECRET_KEY = required("SECRET_KEY")
IDENTITY_KEYS = listed("IDENTITY_KEYS") or [required("IDENTITY_KEYS")]
"""Keys for personal identity numbers, newest first, each `version:base64`; older ones only decrypt."""
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS")

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/konto/logga-in/"
LOGIN_REDIRECT_URL = "/konto/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "config.pages.csrf_failure"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_ENABLED = text("AXES_ENABLED", "1") == "1"

SESSION_ENGINE = "accounts.database.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 8
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if not DEBUG else None

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

FILE_UPLOAD_HANDLERS = ["accounts.uploads.CappedUpload"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
"""A clinic may mark every time of a full week at once."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
"""Bytes of a form or a JSON body; files and calls with many places have limits of their own."""
