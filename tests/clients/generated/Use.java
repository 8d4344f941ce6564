// Gets one digit twice by a generated client, in the answer of generate and as a picture, and prints both PNGs.

import java.nio.file.Files;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.DigitsApi;
import org.openapitools.client.api.PicturesApi;
import org.openapitools.client.model.GenerateRequest;

public class Use {
    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        GenerateRequest body = new GenerateRequest().seeds(List.of(1L << 40)).labels(List.of(3L));
        String png = new DigitsApi(client).generate(body, null, null).getImages().get(0).getPng();
        var picture = new PicturesApi(client).digit(3L, String.valueOf(1L << 40), null, null, null, null, null, null, null, null, null, null, null, null);
        HexFormat hex = HexFormat.of();
        System.out.println(hex.formatHex(Base64.getDecoder().decode(png)));
        System.out.println(hex.formatHex(Files.readAllBytes(picture.toPath())));
    }
}
