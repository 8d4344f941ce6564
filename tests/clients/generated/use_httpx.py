"""Gets one digit twice by a client of openapi-python-client, and prints both PNGs."""

import base64
import sys

from digitgan_client import Client
from digitgan_client.api.digits import generate
from digitgan_client.api.pictures import digit
from digitgan_client.models import GenerateRequest, GenerateResponse

client = Client(base_url=sys.argv[1])
answer = generate.sync(client=client, body=GenerateRequest(seeds=[2**40], labels=[3]))
assert isinstance(answer, GenerateResponse)
picture = digit.sync_detailed(3, str(2**40), client=client)
print(base64.b64decode(answer.images[0].png).hex())
print(picture.content.hex())
