import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Posts over kept connections that were idle for a while, and prints how many posts were lost. */
class Pool {
    public static void main(String[] given) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(given[0])).header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"seeds\": 1}")).build();
        var n = Integer.parseInt(given[1]);
        var idleMs = (long) (Double.parseDouble(given[2]) * 1000);
        var lost = new AtomicInteger();
        var first = new Semaphore(16);
        var threads = Executors.newFixedThreadPool(n);
        for (var i = 0; i < n; i++) {
            var pauseMs = idleMs - 10 + i * 20 / n;
            threads.submit(() -> {
                var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                try {
                    first.acquire();
                    var status = client.send(request, HttpResponse.BodyHandlers.ofByteArray()).statusCode();
                    first.release();
                    Thread.sleep(pauseMs);
                    if (status == 200) {
                        status = client.send(request, HttpResponse.BodyHandlers.ofByteArray()).statusCode();
                    }
                    lost.addAndGet(status == 200 ? 0 : 1);
                } catch (Exception error) {
                    lost.incrementAndGet();
                    System.err.println(error);
                }
            });
        }
        threads.shutdown();
        threads.awaitTermination(10, TimeUnit.MINUTES);
        System.out.println(lost);
        System.exit(0);
    }
}
