"""The demonstration as a picture, for reports: response times, throughput, the backhaul's load.

Never computes a figure: it draws what was measured, and writes *simulated* on what was not.
"""

from pathlib import Path
from typing import Any

from .measurement import Arm, Demonstration

EDGE, CLOUD, INK = "#0f766e", "#94a3b8", "#1e293b"


def draw(shown: Demonstration, path: Path) -> None:
    """Write the picture to ``path`` (SVG or PNG, by its suffix)."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    style: Any = {"font.size": 10, "svg.fonttype": "none", "axes.edgecolor": INK}
    with mpl.rc_context(style):
        figure, panels = pyplot.subplots(
            1, 3, figsize=(11, 3.9), width_ratios=[2.2, 1, 1], layout="constrained"
        )
        _times(panels[0], shown.arms)
        _bars(panels[1], shown.arms, [a.throughput_bps / 1e6 for a in shown.arms], "Throughput")
        panels[1].set_ylabel("Mbit/s")
        loads = [a.backhaul_bytes_of_download / 1e6 for a in shown.arms]
        _bars(panels[2], shown.arms, loads, "Backhaul, one download")
        panels[2].set_ylabel("MB")
        mark = "SIMULATED: " if shown.simulated else ""
        figure.suptitle(
            f"{mark}The same request from {shown.device}: at the edge ({shown.host}) "
            "and in the cloud\n",
            fontsize=12,
            fontweight="bold",
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
        pyplot.close(figure)


def _colour(arm: Arm) -> str:
    return EDGE if arm.name == "edge" else CLOUD


def _times(panel: Any, arms: tuple[Arm, ...]) -> None:
    names = ("p50", "p95", "p99")
    for number, arm in enumerate(arms):
        values = (arm.p50_ms, arm.p95_ms, arm.p99_ms)
        places = [place + (number - 0.5) * 0.38 for place in range(len(names))]
        bars = panel.bar(places, values, width=0.36, color=_colour(arm), label=arm.name)
        panel.bar_label(bars, fmt="%.1f", fontsize=9, padding=2)
    panel.set_xticks(range(len(names)), names)
    panel.set_ylabel("ms")
    panel.legend(frameon=False, loc="upper left")
    _finish(panel, "Response time")


def _bars(panel: Any, arms: tuple[Arm, ...], values: list[float], title: str) -> None:
    bars = panel.bar(
        [arm.name for arm in arms], values, width=0.6, color=[_colour(arm) for arm in arms]
    )
    panel.bar_label(bars, labels=[_figure(value) for value in values], fontsize=9, padding=2)
    _finish(panel, title)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _finish(panel: Any, title: str) -> None:
    panel.set_title(title, fontsize=10)
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(y=0.18)
