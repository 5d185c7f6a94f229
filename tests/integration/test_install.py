"""What `make install` leaves on a machine: programs that run, pages that render, a unit that loads."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from bulwark import BUILD

PAGES = ("bulwark.1", "bulwark-collect.1", "bulwark-import.1", "bulwark-notifications.1", "bulwark-policy.1",
         "bulwark-provision.1", "bulwarkd.8")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An installed tree, under a DESTDIR."""
    folder = tmp_path_factory.mktemp("root")
    done = subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild"], capture_output=True,
                          text=True, timeout=60, env={**os.environ, "DESTDIR": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def files(root):
    return {path.name: path for path in root.rglob("*") if path.is_file()}


def test_the_installed_tree_is_complete_and_holds_nothing_else(root):
    pages = PAGES if shutil.which("scdoc") else ()
    installed = files(root)
    assert set(installed) == {"bulwark", "bulwarkd", "bulwarkd.service", "bulwark_mosquitto.so", *pages}
    folders = {name: path.parent.name for name, path in installed.items()}
    assert folders["bulwark"] == folders["bulwarkd"] == "bin"
    assert folders["bulwarkd.service"] == "system"
    assert folders["bulwark_mosquitto.so"] == "bulwark"
    assert all(folders[page] == f"man{page[-1]}" for page in pages)


def test_the_installed_programs_run(root):
    for name in ("bulwark", "bulwarkd"):
        done = subprocess.run([files(root)[name], "--help"], capture_output=True, text=True,
                              timeout=10)
        assert done.returncode == 0 and name in done.stdout


def test_everything_is_installed_below_the_prefix():
    """`make install PREFIX=...` without DESTDIR touches nothing else of the machine."""
    options = json.loads(introspect("--buildoptions"))
    [prefix] = [option["value"] for option in options if option["name"] == "prefix"]
    places = json.loads(introspect("--installed")).values()
    assert len(places) >= 3
    assert [place for place in places if not place.startswith(prefix.rstrip("/") + "/")] == []


def introspect(what):
    return subprocess.run(["meson", "introspect", BUILD, what], capture_output=True, text=True,
                          check=True, timeout=30).stdout


def test_the_installed_daemon_serves_and_the_installed_client_audits(root, tmp_path):
    """Nothing of the build's folder is needed to run them."""
    data = tmp_path / "data"
    daemon = subprocess.Popen(
        [files(root)["bulwarkd"], "--data", data, "--listen", "127.0.0.1:0"], cwd="/",
        env={"PATH": "/usr/bin:/bin"}, stderr=subprocess.PIPE, text=True)
    try:
        assert "http://127.0.0.1:" in daemon.stderr.readline()
        done = subprocess.run(
            [files(root)["bulwark"], "audit", "--data", data, "--enable", "--role",
             "arn:aws:iam::123456789012:role/audit", "--format", "json"], cwd="/",
            env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1), done.stderr
        assert json.loads(done.stdout)
    finally:
        daemon.terminate()
        _, rest = daemon.communicate(timeout=30)
    assert daemon.returncode == 0, rest


@pytest.mark.skipif(not (shutil.which("scdoc") and shutil.which("groff")),
                    reason="needs scdoc and groff")
@pytest.mark.parametrize("page", PAGES)
def test_the_pages_render_without_a_warning(root, page):
    done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", files(root)[page]],
                          capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SYNOPSIS" in re.sub(".\b", "", done.stdout)  # bold is a letter, back, and it again


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_unit_is_one_that_systemd_understands(root, tmp_path):
    """With the paths of this tree, since systemd looks whether the program is there."""
    text = files(root)["bulwarkd.service"].read_text()
    program = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    program = pathlib.Path(program.removeprefix("ExecStart=").split()[0])
    installed = root / program.relative_to("/")
    assert installed == files(root)["bulwarkd"]
    unit = tmp_path / "bulwarkd.service"
    unit.write_text(text.replace(str(program), str(installed))
                    .replace("man:bulwarkd(8)", "https://example.org"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True,
                          text=True, timeout=60)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "bulwark" in line]
    assert (done.returncode, said) == (0, []), done.stderr
