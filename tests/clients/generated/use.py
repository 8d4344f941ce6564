"""Gets one digit twice by a generated client, in the answer of `generate` and as a picture, and prints both PNGs."""

import base64
import sys

import openapi_client as digitgan

with digitgan.ApiClient(digitgan.Configuration(host=sys.argv[1])) as client:
    body = digitgan.GenerateRequest(seeds=[2**40], labels=[3])
    answer = digitgan.DigitsApi(client).generate(body)
    picture = digitgan.PicturesApi(client).digit(3, str(2**40))
print(base64.b64decode(answer.images[0].png).hex())
print(bytes(picture).hex())
