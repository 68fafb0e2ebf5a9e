"""The client that tills really use, ebarimt-pos-sdk from PyPI."""

from __future__ import annotations

from ebarimt_pos_sdk import EbarimtRestClient, RestClientSettings
from ebarimt_pos_sdk.settings.retry_settings import RetrySettings


def client(address: str) -> EbarimtRestClient:
    return EbarimtRestClient(
        RestClientSettings(base_url=f"http://{address}", retry=RetrySettings(backoff_base_seconds=0.05)))
