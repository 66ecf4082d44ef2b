"""The music shop's shelves: invented records by invented artists. The catalogue is the same in every devstore."""

from dataclasses import dataclass
from typing import Final

_FIRST_PRODUCT = 8_100_000_000_000
_FIRST_VARIANT = 8_200_000_000_000

_RECORDS: Final = {
    "Jazz": (
        ("Night Tram", "The Ora Quartet", 1199),
        ("Blue Harbour", "Lena Marsh Trio", 1349),
        ("Seven Steps Down", "Ike Rowan", 1449),
        ("Late Set", "Mirabel Stone", 1299),
        ("Brass and Rain", "Corner Street Seven", 1599),
        ("Saffron Blues", "Dariush Amini", 1399),
    ),
    "Rock": (
        ("Copper Wire", "The Long Fuse", 1249),
        ("North of Nowhere", "Glass Antlers", 1349),
        ("Static Garden", "Paper Wolves", 1199),
        ("Run the Siren", "Vandermeer", 1499),
        ("Red Dust Radio", "The Night Ferry", 1399),
        ("Second Skyline", "Halogen Kings", 1299),
    ),
    "Classical": (
        ("Six Quiet Preludes", "Ilse Hartwig", 1549),
        ("Cello by Candlelight", "Tomas Vesely", 1699),
        ("River Symphony", "Northern Chamber Players", 1799),
        ("Evening Quartets", "The Alder Quartet", 1649),
        ("Songs Without a City", "Noor Haddad", 1599),
    ),
    "Pop": (
        ("Paper Lanterns", "Mai Linh", 1149),
        ("Telephone Summer", "Coastline", 1099),
        ("Half Past Forever", "Juno Vale", 1249),
        ("Bright Side Up", "The Lemonades", 1199),
        ("Polaroid Heart", "Ana Reyes", 1299),
        ("Slow Confetti", "Velvet Arcade", 1149),
    ),
    "World": (
        ("Oud at Dawn", "Samir Khoury", 1499),
        ("Desert Caravan", "Tamar Ensemble", 1549),
        ("Mekong Letters", "Bao Ngoc", 1399),
        ("Garden of Shiraz", "Parisa Rahimi", 1499),
        ("Harbour Drums", "Kofi and Sons", 1349),
    ),
    "Folk": (
        ("Barn Door Ballads", "Wren and Hollow", 1199),
        ("Salt Road", "Maggie Tarn", 1249),
        ("Letters Home", "The Peat Cutters", 1299),
        ("Wooden Ships", "Elias Thorne", 1149),
    ),
    "Electronic": (
        ("Signal Bloom", "Kite Circuit", 1299),
        ("Midnight Protocol", "Aster Null", 1399),
        ("Soft Machines", "Lumen Drift", 1249),
        ("Tidal Memory", "Ocean Index", 1349),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    id: int
    variant_id: int
    title: str
    vendor: str
    product_type: str
    price: int
    sku: str

    @property
    def handle(self) -> str:
        return self.title.lower().replace(" ", "-")


PRODUCTS: Final = tuple(
    Product(
        id=_FIRST_PRODUCT + number,
        variant_id=_FIRST_VARIANT + number,
        title=title,
        vendor=artist,
        product_type=kind,
        price=price,
        sku=f"CD-{kind[:3].upper()}-{number:03d}",
    )
    for number, (kind, (title, artist, price)) in enumerate(
        (entry for kind, records in _RECORDS.items() for entry in ((kind, record) for record in records)),
        start=1,
    )
)

PRODUCT_TYPES: Final = tuple(_RECORDS)
BY_TYPE: Final = {kind: tuple(p for p in PRODUCTS if p.product_type == kind) for kind in PRODUCT_TYPES}
BY_ID: Final = {product.id: product for product in PRODUCTS}
BY_VARIANT: Final = {product.variant_id: product for product in PRODUCTS}
