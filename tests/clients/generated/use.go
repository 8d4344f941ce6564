// Gets one digit twice by a generated client, in the answer of Generate and as a picture, and prints both PNGs.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strconv"

	digitgan "digitgan/client"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	settings := digitgan.NewConfiguration()
	settings.Servers = digitgan.ServerConfigurations{{URL: os.Args[1]}}
	client := digitgan.NewAPIClient(settings)
	body := digitgan.GenerateRequest{Seeds: []int64{1 << 40}, Labels: []int64{3}}
	answer, _, err := client.DigitsAPI.Generate(context.Background()).GenerateRequest(body).Execute()
	must(answer, err)
	file, _, err := client.PicturesAPI.Digit(context.Background(), 3, strconv.Itoa(1<<40)).Execute()
	must(file, err)
	fmt.Printf("%x\n", must(base64.StdEncoding.DecodeString(answer.Images[0].Png)))
	must(file.Seek(0, io.SeekStart))
	fmt.Printf("%x\n", must(io.ReadAll(file)))
}
