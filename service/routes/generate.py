"""Knows ``/generate``, by POST and by QUERY: body in, one of the forms on offer out.

Does not know how images are made or rendered.
"""

from fastapi import APIRouter, Request, Response

from digitgan.formats.registry import FORMS
from service.requests.generate import GenerateRequest
from service.routes.answers import NEGOTIATED, Answers
from service.routes.documented import answer_of, at_most
from service.routes.json_route import JsonRoute
from service.schemas import GenerateResponse

_HEADERS = NEGOTIATED | {"Accept-Query": '"application/json"'}  # RFC 10008, section 3


def router(answers: Answers) -> APIRouter:
    """Return the route that generates images."""
    most = max(map(answers.most_images, FORMS.values()))
    routes = APIRouter(tags=["digits"], route_class=JsonRoute.for_lists(most))

    # OpenAPI 3.1 has no QUERY, so only POST is in the documentation.
    @routes.api_route("/generate", methods=["QUERY"], include_in_schema=False)
    @routes.post(
        "/generate",
        responses=answer_of(FORMS.values(), GenerateResponse),
        response_class=Response,
        openapi_extra=at_most(most, count="count", lists=("seeds", "latents", "labels")),
    )
    async def generate(request: Request, body: GenerateRequest) -> Response:
        """Generate digits or numbers from seeds, latents, or a count of random seeds.

        The same seed, label and options give the same bytes each time. `QUERY /generate` takes the same body, and says
        to every cache and gateway on the way that asking twice is safe.
        """
        form = answers.choose(request, FORMS)
        most = answers.most_images(form, in_one_piece=body.digits is not None)
        plan, picture = body.plan_and_picture(answers.card_of(body.model, body.version), most)
        asked = answers.understand(plan, picture, form, is_random=body.count is not None)
        return await answers.answer(request, asked, form, _HEADERS)

    return routes
