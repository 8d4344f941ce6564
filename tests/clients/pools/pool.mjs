// Posts over kept connections that were idle for a while, and prints how many posts were lost. axios uses these agents, too.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const [url, n, idle] = process.argv.slice(2).map((each, i) => (i ? Number(each) : each));

async function postTwice(i) {
  const agent = new http.Agent({ keepAlive: true });
  const post = () =>
    new Promise((resolve, reject) => {
      http
        .request(url, { method: "POST", agent, headers: { "Content-Type": "application/json" } }, (answer) =>
          answer
            .on("error", reject)
            .on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(answer.statusCode))))
            .resume(),
        )
        .on("error", reject)
        .end('{"seeds": 1}');
    });
  try {
    await sleep(i * 4); // one after the other
    await post();
    await sleep(idle * 1000 - 10 + (i * 20) / n);
    await post();
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  } finally {
    agent.destroy();
  }
}

const lost = await Promise.all(Array.from({ length: n }, (_, i) => postTwice(i)));
console.log(lost.reduce((a, b) => a + b));
