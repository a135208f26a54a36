"""Where wallets knock: `/api/notify/alipay` and `/api/notify/wechat`. No key opens them; a signature does."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from arrears.api.problems import Problem, answer
from arrears.daily import actions as daily
from arrears.intake import actions as intake
from arrears.kernel import clock

PROVIDERS = ("alipay", "wechat")
MOST_BYTES = 64 * 1024


@csrf_exempt
def wallet_notice(request: HttpRequest, provider: str) -> HttpResponse:
    """Take one notice and say what the wallet expects to hear; accounts that changed are reckoned at once."""
    if provider not in PROVIDERS:
        return answer(Problem(404, f"there is nothing at {request.path}", do="See /api/docs."))
    if request.method != "POST":
        return answer(Problem(405, "a notice is told with POST"))
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return answer(Problem(413, f"a notice has at most {MOST_BYTES} bytes"))
    now = clock.now()
    taken = intake.take_wallet_notice(provider=provider, body=body, headers=request.headers, now=now)
    daily.settle(account_refs=taken.touched, now=now)
    return HttpResponse(taken.answer, status=taken.status, content_type=taken.content_type)
