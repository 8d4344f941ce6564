"""The player of films: which frame is shown at which time."""

import pytest

from tests.service.static.modules import node

PLAY = """(({ length, loop, from, once, times }) => {
  let next;
  globalThis.requestAnimationFrame = (callback) => { next = callback; return 1; };
  globalThis.cancelAnimationFrame = () => { next = undefined; };
  const shown = [];
  const film = { length: () => length, pause: () => 10, loop: () => loop,
    show: () => shown.push(player.frame), end: () => player.stop() };
  const player = new Player(film);
  player.position = from;
  player.play({ once });
  for (const time of times) next?.(time);
  return [shown, player.isPlaying];
})(%s)"""


@pytest.mark.parametrize(
    ("film", "shown", "is_playing"),
    [
        ("{length: 4, loop: true, from: 0, times: [500, 505, 510, 519, 520, 530, 540, 551]}", [0, 1, 2, 3, 0, 1], True),
        ("{length: 4, loop: true, from: 0, times: [0, 35, 1035]}", [0, 3], True),
        ("{length: 4, loop: true, from: 0, once: true, times: [0, 10, 39, 40, 50]}", [0, 1, 3, 0], False),
        ("{length: 4, loop: false, from: 1, times: [0, 10, 20, 30, 40]}", [1, 2, 3, 3], False),
        ("{length: 4, loop: false, from: 3, times: [0, 10]}", [0, 1], True),
    ],
    ids=["loop", "late", "once", "end", "again"],
)
def test_player_shows_the_frame_of_each_time(film: str, shown: list[int], is_playing: bool) -> None:
    assert node("views/between/film.js", PLAY % film) == [shown, is_playing]
