"""The style of every representation: it stands with each, since a notebook may keep any of them alone.

The background is set with the letters, so that they can be read on any page.
"""

from headwater.graph.svg import STYLE as GRAPH
from headwater.markup.palette import themed

STYLE = f"""\
{themed(".hw")}.hw{{color:var(--hw-fg);background:var(--hw-bg);font:14px/1.5 system-ui,sans-serif;padding:8px 10px;
border-radius:6px;max-width:100%;box-sizing:border-box}}
.hw.hw code,.hw.hw pre{{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;color:inherit;background:none;
padding:0}}
.hw.hw pre{{background:var(--hw-soft);padding:6px 10px;border-radius:6px;overflow:auto;max-height:22em;margin:4px 0;
white-space:pre}}
.hw .hw-kind{{color:var(--hw-dim)}}.hw .hw-head code{{font-weight:600}}
.hw .hw-facts,.hw .hw-dim{{color:var(--hw-dim);font-size:13px}}
.hw .hw-tag{{background:var(--hw-soft);border-radius:9px;padding:0 7px;font-size:12px;white-space:nowrap}}
.hw .hw-badge{{font-size:12px;color:var(--hw-dim);white-space:nowrap}}
.hw .hw-badge.succeeded{{color:var(--hw-good)}}.hw .hw-badge.running{{color:var(--hw-busy)}}
.hw .hw-badge.caught{{color:var(--hw-warn)}}
.hw .failed,.hw .interrupted,.hw .lost,.hw .hw-bad{{color:var(--hw-bad)}}
.hw .hw-added{{color:var(--hw-good)}}.hw .hw-changed{{color:var(--hw-warn)}}
.hw.hw .hw-tall{{max-height:48em}}
.hw .hw-fail{{border-left:3px solid var(--hw-bad);padding:1px 0 1px 10px;margin:8px 0}}
.hw .hw-scroll{{overflow:auto;max-height:30em;margin:4px 0}}
.hw.hw table{{border-collapse:collapse;margin:0;font-size:13px;color:inherit;background:none;border:none}}
.hw.hw tr,.hw.hw thead{{background:none!important;border:none}}
.hw.hw th,.hw.hw td{{text-align:left;padding:2px 14px 2px 0;border:none;border-bottom:1px solid var(--hw-line);
vertical-align:top;white-space:nowrap;max-width:36em;overflow:hidden;text-overflow:ellipsis;color:inherit}}
.hw.hw th{{color:var(--hw-dim);font-weight:400}}
.hw.hw td.r,.hw.hw th.r{{text-align:right;font-variant-numeric:tabular-nums}}
.hw details{{margin:4px 0}}.hw summary{{cursor:pointer;color:var(--hw-dim);font-size:13px}}
.hw img{{max-width:100%;background:#fff}}.hw svg{{display:block;max-width:none}}
.hw .hw-bar{{display:inline-block;width:160px;height:8px;border-radius:4px;background:var(--hw-soft);overflow:hidden}}
.hw .hw-bar i{{display:inline-block;height:8px;vertical-align:top;background:var(--hw-good)}}
.hw .hw-bar i.busy{{background:var(--hw-busy)}}.hw .hw-bar i.bad{{background:var(--hw-bad)}}
{GRAPH}"""
