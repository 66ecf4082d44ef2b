"""The people of the demo store. All invented; every address is under a domain reserved for examples."""

from dataclasses import dataclass
from typing import Final

from devstore.hashing import pick, pick_weighted

LOCALE_SHARES: Final = {"en": 0.64, "vi": 0.14, "ar": 0.12, "fa": 0.10}
_DOMAINS: Final = ("example.com", "example.net", "example.org")

_GIVEN: Final = {
    "en": "Ada Alice Amos Anna Ben Carla Clara Daniel Dora Edith Elena Emil Erik Esther Felix Finn George Grace Hannah "
    "Henry Ida Ivan Jack James Jane Joel Julia Karin Laura Leo Liam Lucy Mabel Maria Mark Martha Max Nina Noah Nora "
    "Olga Oscar Owen Paul Petra Rosa Ruth Sam Sara Simon Sofia Theo Tom Vera Walter Zoe",
    "ar": "أحمد/ahmad محمد/mohamad يوسف/yusuf عمر/omar خالد/khaled سمير/samir طارق/tareq حسن/hasan علي/ali كريم/karim "
    "ليلى/layla مريم/maryam فاطمة/fatima نور/nour سارة/sara هدى/huda رنا/rana سلمى/salma زينب/zaynab دينا/dina",
    "fa": "رضا/reza امیر/amir آرش/arash بهرام/bahram کاوه/kaveh داریوش/dariush سهراب/sohrab نیما/nima پویا/pouya "
    "سیاوش/siavash پریسا/parisa شیرین/shirin نازنین/nazanin مینا/mina لاله/laleh آزاده/azadeh سپیده/sepideh "
    "یاسمن/yasaman نرگس/narges گلناز/golnaz",
    "vi": "Anh/anh Bảo/bao Châu/chau Dũng/dung Đức/duc Giang/giang Hà/ha Hải/hai Hương/huong Huy/huy Khánh/khanh "
    "Lan/lan Linh/linh Mai/mai Minh/minh Nam/nam Ngọc/ngoc Phúc/phuc Quân/quan Thảo/thao Trang/trang Tuấn/tuan Vy/vy",
}
_FAMILY: Final = {
    "en": "Abbott Archer Bailey Barnes Berg Bishop Brooks Carter Chapman Cole Dawson Doyle Ellis Fisher Ford Garner "
    "Grant Hale Hardy Hayes Holt Hughes Jensen Keller Kramer Lane Larsen Lowe Marsh Mason Meyer Moss Nash Novak "
    "Olsen Page Parker Pike Quinn Reed Rhodes Rowe Shaw Sloan Stone Sutton Tate Turner Vance Walsh Weber West Wood",
    "ar": "حداد/haddad خوري/khoury منصور/mansour سليمان/suleiman ناصر/nasser العلي/alali صالح/saleh إبراهيم/ibrahim "
    "عثمان/othman حمدان/hamdan الشامي/alshami درويش/darwish بركات/barakat فارس/fares زيدان/zidan",
    "fa": "احمدی/ahmadi رحیمی/rahimi کریمی/karimi حسینی/hosseini مرادی/moradi جعفری/jafari صادقی/sadeghi "
    "رستمی/rostami امینی/amini نوری/nouri شریفی/sharifi یزدانی/yazdani تهرانی/tehrani کاظمی/kazemi فرهادی/farhadi",
    "vi": "Nguyễn/nguyen Trần/tran Lê/le Phạm/pham Hoàng/hoang Huỳnh/huynh Phan/phan Vũ/vu Võ/vo Đặng/dang Bùi/bui "
    "Đỗ/do Hồ/ho Ngô/ngo Dương/duong Lý/ly",
}
_PLACES: Final = {
    "en": (
        ("United States", "US", "Portland"),
        ("United States", "US", "Chicago"),
        ("United States", "US", "Austin"),
        ("United Kingdom", "GB", "Bristol"),
        ("Canada", "CA", "Halifax"),
        ("Australia", "AU", "Hobart"),
    ),
    "ar": (
        ("Egypt", "EG", "القاهرة"),
        ("Saudi Arabia", "SA", "الرياض"),
        ("Jordan", "JO", "عمّان"),
        ("Morocco", "MA", "الرباط"),
    ),
    "fa": (("Germany", "DE", "Hamburg"), ("Canada", "CA", "Toronto"), ("United States", "US", "Los Angeles")),
    "vi": (("Vietnam", "VN", "Hà Nội"), ("Vietnam", "VN", "Đà Nẵng"), ("Vietnam", "VN", "TP. Hồ Chí Minh")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    first_name: str
    last_name: str
    email: str
    locale: str
    country: str
    country_code: str
    city: str


def person(key: str, *, locale: str | None = None) -> Person:
    """The person that `key` stands for; `key` also makes the address unique, so it holds letters and digits only."""
    spoken = locale or pick_weighted(LOCALE_SHARES, key, "locale")
    first, first_latin = _name(pick(_GIVEN[spoken].split(), key, "given"))
    last, last_latin = _name(pick(_FAMILY[spoken].split(), key, "family"))
    country, code, city = pick(_PLACES[spoken], key, "place")
    return Person(
        first_name=first,
        last_name=last,
        email=f"{first_latin}.{last_latin}.{key}@{pick(_DOMAINS, key, 'domain')}",
        locale=spoken,
        country=country,
        country_code=code,
        city=city,
    )


def _name(entry: str) -> tuple[str, str]:
    native, _, latin = entry.partition("/")
    return native, latin or native.lower()
