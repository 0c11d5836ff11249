"""The chassis beside a minimal Go server: list of 20, GET by id with ETag, POST of 1 kB.

``python -m bench api``. Both servers run on one core, one after the other
in turns; wrk drives them from the other. What is compared is requests per second of the server's
own CPU time, so that other work on the machine does not decide; the wall rate stands beside it.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .figures import Figure, Note, at_least

HERE = Path(__file__).parent
CONNECTIONS = 64
ROUND_S = 2
ROUNDS = 3
ROOT = "/bench/v1/services"
LONG = {"list": "GET of 20 services", "get": "GET of one by id", "post": "POST of 1 kB"}
CASES = tuple(LONG)
SERVER_CORE, LOAD_CORE = "0", "1"


def service(description_bytes: int = 0) -> str:
    """Return a service as JSON: 600 bytes when stored, more with a description."""
    transport = {
        "id": "transport-0001",
        "name": "REST over HTTP",
        "type": "REST_HTTP",
        "protocol": "HTTP",
        "version": "2.0",
        "endpoint": {"uris": ["http://10.60.1.17:8080/video-analytics/v2"]},
        "security": {"oAuth2Info": {"grantTypes": ["OAUTH2_CLIENT_CREDENTIALS"]}},
    }
    if description_bytes:
        transport["description"] = "x" * description_bytes
    return json.dumps(
        {
            "serName": "video-analytics",
            "serCategory": {
                "href": "/catalogue/video",
                "id": "video",
                "name": "Video",
                "version": "1.0",
            },
            "version": "2.4.1",
            "state": "ACTIVE",
            "transportInfo": transport,
            "serializer": "JSON",
            "scopeOfLocality": "MEC_HOST",
            "consumedLocalOnly": True,
            "isLocal": True,
        },
        separators=(",", ":"),
    )


@dataclass
class Served:
    """A server under measurement and its rates per case."""

    name: str
    process: subprocess.Popen[str]
    port: int
    per_cpu_s: dict[str, list[float]] = field(default_factory=dict)
    per_s: dict[str, list[float]] = field(default_factory=dict)

    def cpu_s(self) -> float:
        """Return the CPU time it has used, seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(name: str, command: list[str]) -> Served:
    """Start a server on its core and read its port."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return Served(name, process, int(process.stdout.readline()))


def drive(served: Served, case: str, script: Path) -> None:
    """Load one case for a round and keep the rates."""
    url = f"http://127.0.0.1:{served.port}{ROOT}" + ("/s7" if case == "get" else "")
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{ROUND_S}s"]
    if case == "post":
        command += ["-s", str(script)]
    before = served.cpu_s()
    told = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{served.name} {case}: {told}")
    count = next(int(line.split()[0]) for line in told.splitlines() if "requests in" in line)
    served.per_cpu_s.setdefault(case, []).append(count / max(served.cpu_s() - before, 0.01))
    served.per_s.setdefault(case, []).append(count / ROUND_S)


def measure(folder: Path, rounds: int) -> list[Served]:
    """Build the Go server, run both in turns, and return them with their rates."""
    binary = folder / "goserver"
    build = ["go", "build", "-o", str(binary), "main.go"]
    environment = os.environ | {"GO111MODULE": "off", "GOCACHE": str(folder / "cache")}
    subprocess.run(build, cwd=HERE / "goserver", env=environment, check=True)
    body = service(description_bytes=480)
    script = folder / "post.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = [==[{body}]==]\n"
        "wrk.headers['Content-Type'] = 'application/json'\n"
    )
    servers = [start("go", [str(binary), "-seed", service()])]
    try:
        command = [sys.executable, "-m", "bench.api_server", service()]
        servers.append(start("wayside", command))
        for _ in range(rounds):
            for case in CASES:
                for served in servers:
                    drive(served, case, script)
    finally:
        for served in servers:
            served.process.terminate()
            served.process.wait()
    return servers


def missing() -> str | None:
    """Return why this cannot be measured here, or None."""
    for tool, package in (("go", "golang-go"), ("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (Debian: {package})"
    return "it needs two cores" if (os.cpu_count() or 1) < 2 else None


def compare(rounds: int) -> dict[str, dict[str, float]]:
    """Return per case the rates of both servers and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        go, ours = measure(Path(folder), rounds)
    found = {}
    for case in CASES:
        ours_cpu = statistics.median(ours.per_cpu_s[case])
        go_cpu = statistics.median(go.per_cpu_s[case])
        found[case] = {
            "wayside_per_cpu_s": round(ours_cpu),
            "go_per_cpu_s": round(go_cpu),
            "ratio": round(ours_cpu / go_cpu, 2),
            "ratio_wall": round(
                statistics.median(ours.per_s[case]) / statistics.median(go.per_s[case]), 2
            ),
        }
    return found


def figures(note: Note, rounds: int = ROUNDS) -> list[Figure]:
    """Return a ratio per case; the goal is not to be slower than Go."""
    note(f"api: beside Go, {rounds} rounds")
    return [
        Figure(
            "api",
            f"{LONG[case]}, rate beside Go",
            row["ratio"],
            "x",
            at_least(1.0),
            f"Go net/http {row['go_per_cpu_s']:,} requests per CPU s, Wayside "
            f"{row['wayside_per_cpu_s']:,}; by the wall {row['ratio_wall']} x",
        )
        for case, row in compare(rounds).items()
    ]
