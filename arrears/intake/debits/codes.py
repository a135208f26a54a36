"""What the banks' reason codes mean (ISO 20022 external code sets, reasons of return and of status)."""

from arrears.kernel.words import Words

CODES = {
    "AC01": Words(zh="账号不正确", en="the account number is wrong"),
    "AC04": Words(zh="账户已销户", en="the account is closed"),
    "AC06": Words(zh="账户被冻结", en="the account is blocked"),
    "AC13": Words(zh="账户类型不支持扣款", en="this kind of account cannot be debited"),
    "AG01": Words(zh="该账户不允许此类交易", en="the account does not allow this transaction"),
    "AG02": Words(zh="交易代码不正确", en="the bank operation code is wrong"),
    "AM04": Words(zh="余额不足", en="there was not enough money on the account"),
    "AM05": Words(zh="重复扣款", en="it was collected twice"),
    "BE05": Words(zh="收款人身份无法识别", en="the creditor is not recognised"),
    "CNOR": Words(zh="收款行未开通此业务", en="the creditor's bank does not take part"),
    "DNOR": Words(zh="付款行未开通此业务", en="the customer's bank does not take part"),
    "DT01": Words(zh="日期不正确", en="the date is wrong"),
    "ED05": Words(zh="清算失败", en="the settlement failed"),
    "FF01": Words(zh="文件格式不正确", en="the file's form is wrong"),
    "FOCR": Words(zh="应撤销请求退回", en="it was returned after a request for cancellation"),
    "MD01": Words(zh="没有有效的授权书", en="there is no valid mandate"),
    "MD02": Words(zh="授权书信息缺失或有误", en="the mandate's data are missing or wrong"),
    "MD06": Words(zh="客户要求退回这笔已授权的扣款", en="the customer asked for an authorised debit back"),
    "MD07": Words(zh="客户已去世", en="the customer has died"),
    "MS02": Words(zh="客户拒绝，未说明原因", en="the customer refused it and gave no reason"),
    "MS03": Words(zh="银行未说明原因", en="the bank gave no reason"),
    "RC01": Words(zh="银行代码不正确", en="the bank's code is wrong"),
    "RR01": Words(zh="缺少付款人账户信息（监管要求）", en="the payer's account is missing (regulation)"),
    "SL01": Words(zh="付款行的专项限制", en="a limit set at the customer's bank"),
}
_OTHER = Words(zh="银行原因：{code}", en="the bank's reason: {code}")
_NONE = Words(zh="银行未给出原因", en="the bank gave no reason")


def reason_words(code: str) -> Words:
    """A reason code in words; an unknown one, or the bank's own text, as it stands."""
    known = CODES.get(code.strip().upper())
    return known or (_OTHER.filled(code=code) if code else _NONE)
