// Posts over kept connections that were idle for a while, and prints how many posts were lost.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	url := os.Args[1]
	n, _ := strconv.Atoi(os.Args[2])
	idle, _ := strconv.ParseFloat(os.Args[3], 64)
	var lost int64
	var waiting sync.WaitGroup
	first := make(chan bool, 16)
	for i := 0; i < n; i++ {
		waiting.Add(1)
		go func(i int) {
			defer waiting.Done()
			client := &http.Client{Transport: &http.Transport{IdleConnTimeout: 90 * time.Second}}
			post := func() error {
				answer, err := client.Post(url, "application/json", io.NopCloser(strings.NewReader(`{"seeds": 1}`)))
				if err != nil {
					return err
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode != 200 {
					return fmt.Errorf("status %d", answer.StatusCode)
				}
				return nil
			}
			first <- true
			err := post()
			<-first
			if err == nil {
				time.Sleep(time.Duration(idle*1e9) + time.Duration(i*20000/n-10000)*time.Microsecond)
				err = post()
			}
			if err != nil {
				if atomic.AddInt64(&lost, 1) < 4 {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		}(i)
	}
	waiting.Wait()
	fmt.Println(lost)
}
