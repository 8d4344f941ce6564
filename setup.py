"""Puts the two halves and the models inside the installed package, and compiles; pyproject.toml has all the rest.

In the repository, `service/`, `training/` and `exported/` lie beside `digitgan/`. Installed under these names they
would collide with the modules of others, so a wheel has `digitgan.service`, `digitgan.training` and
`digitgan.exported`. An editable installation leaves everything where it is: editors and type checkers find a package
only in the folder of its name. docs/adr/0035-package.md says what else was tried.

The extensions make the same bytes as png/deflate.py and contract/latents.py, faster. Without a compiler they are left
out. They keep to the stable ABI, so one wheel a platform is for every Python.
"""

import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup

BESIDE = [name for name in ("service", "training", "exported") if Path(name).is_dir()]  # an image has not all of them

packages = find_packages(include=["digitgan*"])
if "editable_wheel" in sys.argv:
    packages += find_packages(include=["service*", "training*"])
    folders = {"": "."}  # makes it one folder on the path, which editors understand, and no import hook
else:
    folders = {f"digitgan.{name}": name for name in BESIDE}
    packages += [*folders, *(f"digitgan.{name}" for name in find_packages(include=["service.*", "training.*"]))]

setup(
    packages=packages,
    package_dir=folders,
    ext_modules=[
        Extension(f"digitgan.{room}._{name}", [f"digitgan/{room}/_{name}.c"], py_limited_api=True, optional=True)
        for room, name in (("contract", "latents"), ("ink", "ink"), ("png", "deflate"))
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
