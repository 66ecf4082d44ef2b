"""What an installation needs besides Python files is where the wheel takes it from."""

import tomllib

from tests.conformance.sources import ROOT, committed

BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())
NEEDED = {
    "templates of messages": "plugin/templates/email/*/body.mjml",
    "public pages": "plugin/templates/pages/*.html",
    "catalogues": "plugin/locale/*/LC_MESSAGES/mail.po",
    "operations": "plugin/shopify/operations/*.graphql",
    "migrations": "plugin/store/migrations/*/script.py.mako",
    "the admin's templates": "admin_ui/templates/*.html",
    "the admin's scripts": "admin_ui/static/*.js",
    "htmx and its licence": "admin_ui/static/vendor/htmx.min.js*",
    "the simulated store's pages": "devstore/frame/templates/*.html",
    "the simulated store's scripts": "devstore/frame/static/*.js",
    "Shopify's schema": "devstore/*.introspection.json.gz",
    "purchases": "devstore/cdnow_sample.txt",
}


def test_everything_needed_is_committed_and_in_a_package() -> None:
    packages = tuple(f"{name}/" for name in BUILD["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    found = {what: committed(pattern) for what, pattern in NEEDED.items()}
    assert [what for what, paths in found.items() if not paths] == []
    outside = [path for paths in found.values() for path in paths if not path.as_posix().startswith(packages)]
    assert outside == []


def test_the_wheel_leaves_nothing_of_the_packages_out() -> None:
    wheel = BUILD["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert sorted(wheel) == ["packages"]


def test_the_command_is_installed() -> None:
    assert BUILD["project"]["scripts"] == {"regulars": "plugin.cli:main"}


def test_every_dependency_of_the_product_is_locked_by_hash() -> None:
    locked = (ROOT / "requirements.lock").read_text()
    names = [line.split(">")[0].split("[")[0].lower() for line in BUILD["project"]["dependencies"]]
    assert [name for name in names if f"\n{name}==" not in f"\n{locked}" and f"\n{name}[" not in locked] == []
    pinned = [line for line in locked.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(pinned) <= locked.count("--hash=sha256:")
    assert [line for line in pinned if not line.endswith("\\")] == []
