"""Django settings. What differs between installations comes from the environment:

ARREARS_HOME        the data folder (default ~/.arrears)
DATABASE_URL        a PostgreSQL server, 15 or later (default: the embedded one)
ARREARS_HOSTS       host names served, comma separated (default: this machine only)
ARREARS_SMTP_URL    smtp://user:password@host:port, smtps://... or smtp+starttls://...
ARREARS_FROM        the sender of e-mails, `Name <address>`
ARREARS_INSTITUTION who writes: the name customers know, `中文名|English name`
ARREARS_SMS_PROVIDER  dotted name of an SMS provider class (default: files in outbox/sms)
ARREARS_ADDRESS     where customers find the portal, `https://...` without a slash at the end
ARREARS_PAYMENT_PAGE  where an order is paid at once, `https://.../{number}`; the portal shows it as a QR code
ARREARS_PHONE       the service number customers know
ARREARS_RULE_BOOK   whose law binds us: cn.card_issuer (default), cn.agency, uk.lender ...
ARREARS_SCANNER     a program that checks an uploaded file for harm: gets its path, ends with 0 if clean
ARREARS_EVIDENCE_KEY  the private key that signs each day's records (default: evidence.key in the home)
ARREARS_SIGNING_KEY the file of the key that signs quotations (default: signing.key in the home)
ARREARS_LIVE        1 where messages reach real people: the wall clock then always rules
ARREARS_DEBUG       1 shows error pages with their reasons (never in production)
"""

import os
from pathlib import Path

import dj_database_url

from arrears.config.home import home, room_folder, secret_key

PACKAGE = Path(__file__).resolve().parent.parent

HOME = home()
PORTFOLIO_FOLDER = HOME / "portfolio"
INBOX_FOLDER = HOME / "inbox"
REJECTS_FOLDER = HOME / "rejects"
OUTBOX_FOLDER = HOME / "outbox"
PAPERS_FOLDER = HOME / "papers"  # evidence customers send; served by us alone, never by a web server
POLICY_FOLDER = HOME / "policy"  # the institution's own tightening of the law, if any
EVIDENCE_KEY = Path(os.environ.get("ARREARS_EVIDENCE_KEY") or HOME / "evidence.key")

SECRET_KEY = secret_key()
SIGNING_KEY_FILE = Path(os.environ.get("ARREARS_SIGNING_KEY") or HOME / "signing.key")
DEBUG = os.environ.get("ARREARS_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("ARREARS_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "ninja",
    "arrears.staff",
    "arrears.evidence",
    "arrears.casebook",
    "arrears.intake",
    "arrears.delinquency",
    "arrears.strategy",
    "arrears.clearance",
    "arrears.contact",
    "arrears.care",
    "arrears.arrangements",
    "arrears.daily",
    "arrears.api",
    "arrears.look",
    "arrears.desk",
    "arrears.portal",
    "arrears.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "arrears.look.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "arrears.look.middleware.ReadersLanguage",
    "arrears.look.middleware.NothingTooLarge",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "arrears.config.urls"
WSGI_APPLICATION = "arrears.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Without DATABASE_URL the command line starts the embedded server and sets it.
DATABASES = {
    "default": dj_database_url.config(
        default="postgresql://arrears@/arrears", conn_max_age=60, conn_health_checks=True
    )
}
DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), "connect_timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "staff.Member"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/desk/sign-in/"
LOGIN_REDIRECT_URL = "/desk/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "arrears_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = room_folder("static")  # stays empty: files are served from the packages themselves
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_NUMBER_FILES = 10
MOST_BYTES_OF_A_REQUEST = 60 << 20  # five papers of 10 MB and the form around them

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("ARREARS_HTTPS") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

SMTP_URL = os.environ.get("ARREARS_SMTP_URL", "smtp://127.0.0.1:8025")
MAIL_FROM = os.environ.get("ARREARS_FROM", "Arrears <service@arrears.example>")
INSTITUTION = os.environ.get("ARREARS_INSTITUTION", "欠款示范银行|Arrears Example Bank")
SMS_PROVIDER = os.environ.get("ARREARS_SMS_PROVIDER", "arrears.contact.channels.sms.FileProvider")
PUBLIC_ADDRESS = os.environ.get("ARREARS_ADDRESS", "http://127.0.0.1:8000").rstrip("/")
PAYMENT_PAGE = os.environ.get("ARREARS_PAYMENT_PAGE", "")
SERVICE_PHONE = os.environ.get("ARREARS_PHONE", "400-000-0000")
SCANNER = os.environ.get("ARREARS_SCANNER", "")
RULE_BOOK = os.environ.get("ARREARS_RULE_BOOK", "cn.card_issuer")
LIVE = os.environ.get("ARREARS_LIVE") == "1"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
