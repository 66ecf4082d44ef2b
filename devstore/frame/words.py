"""The few labels of the demo's own pages, in the four languages of the demo."""

from datetime import datetime
from typing import Final

from babel.dates import format_datetime
from babel.numbers import format_currency

from devstore.model import CURRENCY

LANGUAGES: Final = {"en": "English", "ar": "العربية", "fa": "فارسی", "vi": "Tiếng Việt"}
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa"})

_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "demo_store": "Demo store · sample data",
        "store_admin": "Store admin",
        "app": "App",
        "controls": "Demo controls",
        "abandon": "Shopper abandons a checkout",
        "order": "Shopper orders",
        "big_order": "Shopper orders a big basket",
        "hour": "+1 hour",
        "day": "+1 day",
        "mailbox": "Mailbox",
        "open_mailbox": "Open mailbox",
        "reset": "Reset",
        "language": "Language",
        "now": "Store time",
        "unsaved": "Unsaved changes",
        "save": "Save",
        "discard": "Discard",
        "no_messages": "No messages yet. Let a shopper abandon a checkout, then move the clock.",
        "to": "To",
        "subject": "Subject",
        "sent": "Sent",
        "message": "Message",
        "desktop": "Desktop",
        "phone": "Phone",
        "plain_text": "Plain text",
        "headers": "Headers",
        "back_to_admin": "Back to store admin",
        "back_to_mailbox": "Back to mailbox",
        "said_abandon": "{name} left a checkout of {amount}.",
        "said_order": "{name} ordered for {amount}.",
        "said_time": "It is now {time} in the store.",
        "said_reset": "The demo starts anew.",
        "said_failed": "That did not work. Try again, or reset the demo.",
        "your_basket": "Your basket is waiting",
        "total": "Total",
        "pay": "Pay now",
        "thanks": "Thank you for your order",
        "closed": "This checkout is no longer open",
        "no_discount": "This discount code does not apply to your order.",
        "code": "Discount code",
        "not_found": "There is no such page",
    },
    "ar": {
        "demo_store": "متجر تجريبي · بيانات نموذجية",
        "store_admin": "إدارة المتجر",
        "app": "التطبيق",
        "controls": "أدوات العرض التجريبي",
        "abandon": "متسوّق يترك عملية الدفع",
        "order": "متسوّق يطلب",
        "big_order": "متسوّق يطلب سلة كبيرة",
        "hour": "+١ ساعة",  # noqa: RUF001 - the digit of the language
        "day": "+١ يوم",  # noqa: RUF001 - the digit of the language
        "mailbox": "صندوق البريد",
        "open_mailbox": "افتح صندوق البريد",
        "reset": "إعادة الضبط",
        "language": "اللغة",
        "now": "وقت المتجر",
        "unsaved": "تغييرات غير محفوظة",
        "save": "حفظ",
        "discard": "تجاهل",
        "no_messages": "لا توجد رسائل بعد. دع متسوّقًا يترك عملية الدفع، ثم قدّم الساعة.",
        "to": "إلى",
        "subject": "الموضوع",
        "sent": "وقت الإرسال",
        "message": "الرسالة",
        "desktop": "حاسوب",
        "phone": "هاتف",
        "plain_text": "نص عادي",
        "headers": "الترويسات",
        "back_to_admin": "العودة إلى إدارة المتجر",
        "back_to_mailbox": "العودة إلى صندوق البريد",
        "said_abandon": "ترك {name} عملية دفع بقيمة {amount}.",
        "said_order": "طلب {name} بقيمة {amount}.",
        "said_time": "الوقت الآن في المتجر {time}.",
        "said_reset": "بدأ العرض التجريبي من جديد.",
        "said_failed": "لم ينجح ذلك. حاول مرة أخرى أو أعد ضبط العرض.",
        "your_basket": "سلتك في انتظارك",
        "total": "المجموع",
        "pay": "ادفع الآن",
        "thanks": "شكرًا لطلبك",
        "closed": "لم تعد عملية الدفع هذه متاحة",
        "no_discount": "رمز الخصم لا ينطبق على طلبك.",
        "code": "رمز الخصم",
        "not_found": "لا توجد صفحة كهذه",
    },
    "fa": {
        "demo_store": "فروشگاه نمایشی · داده‌های نمونه",
        "store_admin": "مدیریت فروشگاه",
        "app": "برنامه",
        "controls": "ابزارهای نمایش",
        "abandon": "خریدار پرداخت را رها می‌کند",
        "order": "خریدار سفارش می‌دهد",
        "big_order": "خریدار سبد بزرگی سفارش می‌دهد",
        "hour": "+۱ ساعت",  # noqa: RUF001 - the digit of the language
        "day": "+۱ روز",  # noqa: RUF001 - the digit of the language
        "mailbox": "صندوق نامه",
        "open_mailbox": "باز کردن صندوق نامه",
        "reset": "از نو",
        "language": "زبان",
        "now": "زمان فروشگاه",
        "unsaved": "تغییرات ذخیره‌نشده",
        "save": "ذخیره",
        "discard": "صرف‌نظر",
        "no_messages": "هنوز پیامی نیست. بگذارید خریداری پرداخت را رها کند، سپس ساعت را جلو ببرید.",
        "to": "به",
        "subject": "موضوع",
        "sent": "زمان ارسال",
        "message": "پیام",
        "desktop": "رایانه",
        "phone": "تلفن",
        "plain_text": "متن ساده",
        "headers": "سرآیندها",
        "back_to_admin": "بازگشت به مدیریت فروشگاه",
        "back_to_mailbox": "بازگشت به صندوق نامه",
        "said_abandon": "{name} پرداختی به مبلغ {amount} را رها کرد.",
        "said_order": "{name} به مبلغ {amount} سفارش داد.",
        "said_time": "اکنون در فروشگاه {time} است.",
        "said_reset": "نمایش از نو آغاز شد.",
        "said_failed": "نشد. دوباره تلاش کنید یا نمایش را از نو آغاز کنید.",
        "your_basket": "سبد شما منتظر است",
        "total": "جمع",
        "pay": "پرداخت",
        "thanks": "از سفارش شما سپاسگزاریم",
        "closed": "این پرداخت دیگر باز نیست",
        "no_discount": "این کد تخفیف برای سفارش شما معتبر نیست.",
        "code": "کد تخفیف",
        "not_found": "چنین صفحه‌ای نیست",
    },
    "vi": {
        "demo_store": "Cửa hàng mẫu · dữ liệu mẫu",
        "store_admin": "Quản trị cửa hàng",
        "app": "Ứng dụng",
        "controls": "Điều khiển bản demo",
        "abandon": "Khách bỏ dở thanh toán",
        "order": "Khách đặt hàng",
        "big_order": "Khách đặt giỏ hàng lớn",
        "hour": "+1 giờ",
        "day": "+1 ngày",
        "mailbox": "Hộp thư",
        "open_mailbox": "Mở hộp thư",
        "reset": "Đặt lại",
        "language": "Ngôn ngữ",
        "now": "Giờ cửa hàng",
        "unsaved": "Thay đổi chưa lưu",
        "save": "Lưu",
        "discard": "Bỏ",
        "no_messages": "Chưa có thư nào. Hãy để một khách bỏ dở thanh toán, rồi chỉnh đồng hồ tới.",
        "to": "Đến",
        "subject": "Chủ đề",
        "sent": "Đã gửi",
        "message": "Thư",
        "desktop": "Máy tính",
        "phone": "Điện thoại",
        "plain_text": "Văn bản thuần",
        "headers": "Phần đầu thư",
        "back_to_admin": "Về trang quản trị",
        "back_to_mailbox": "Về hộp thư",
        "said_abandon": "{name} đã bỏ dở thanh toán trị giá {amount}.",
        "said_order": "{name} đã đặt hàng trị giá {amount}.",
        "said_time": "Bây giờ ở cửa hàng là {time}.",
        "said_reset": "Bản demo bắt đầu lại từ đầu.",
        "said_failed": "Không thành công. Hãy thử lại hoặc đặt lại bản demo.",
        "your_basket": "Giỏ hàng đang chờ bạn",
        "total": "Tổng cộng",
        "pay": "Thanh toán",
        "thanks": "Cảm ơn bạn đã đặt hàng",
        "closed": "Phiên thanh toán này không còn mở",
        "no_discount": "Mã giảm giá này không áp dụng cho đơn hàng của bạn.",
        "code": "Mã giảm giá",
        "not_found": "Không có trang này",
    },
}


class Words:
    """The labels of one language; an unknown language reads English."""

    def __init__(self, language: str | None) -> None:
        self.language = language if language in _WORDS else "en"
        self._words = _WORDS[self.language]

    @property
    def direction(self) -> str:
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def say(self, key: str, **values: str) -> str:
        return self._words[key].format(**values)

    def money(self, cents: int) -> str:
        return format_currency(cents / 100, CURRENCY, locale=self.language)

    def time(self, at: datetime) -> str:
        return format_datetime(at, "medium", locale=self.language)


def vocabulary() -> dict[str, frozenset[str]]:
    """The keys of each language, so that a test can see that none lacks a word."""
    return {language: frozenset(words) for language, words in _WORDS.items()}
