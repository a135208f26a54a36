"""Names of movements for trees and timelines."""

from django.utils.translation import gettext_lazy as _

from arrears.casebook.types import MovementKind

MOVEMENTS = {
    MovementKind.PURCHASE: _("Purchase"),
    MovementKind.CASH_ADVANCE: _("Cash advance"),
    MovementKind.INSTALMENT: _("Instalment due"),
    MovementKind.FEE: _("Fee"),
    MovementKind.INTEREST: _("Interest billed by the bank"),
    MovementKind.LATE_FEE: _("Late fee charged by the bank"),
    MovementKind.DEBIT_ADJUSTMENT: _("Adjustment that adds to the debt"),
    MovementKind.PAYMENT_REVERSAL: _("Payment taken back"),
    MovementKind.PAYMENT: _("Payment"),
    MovementKind.REFUND: _("Refund"),
    MovementKind.CHARGEBACK: _("Chargeback"),
    MovementKind.CREDIT_ADJUSTMENT: _("Adjustment that reduces the debt"),
    MovementKind.WAIVER: _("Waived"),
}

MOVEMENT_ICONS = {
    MovementKind.PURCHASE: "shopping-bag",
    MovementKind.CASH_ADVANCE: "cash-banknote",
    MovementKind.INSTALMENT: "calendar-dollar",
    MovementKind.FEE: "receipt",
    MovementKind.INTEREST: "percentage",
    MovementKind.LATE_FEE: "receipt",
    MovementKind.DEBIT_ADJUSTMENT: "adjustments",
    MovementKind.PAYMENT_REVERSAL: "arrow-back-up",
    MovementKind.PAYMENT: "circle-check",
    MovementKind.REFUND: "receipt-refund",
    MovementKind.CHARGEBACK: "receipt-refund",
    MovementKind.CREDIT_ADJUSTMENT: "adjustments",
    MovementKind.WAIVER: "gift",
}
