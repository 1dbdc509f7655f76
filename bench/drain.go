package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// connections is how many requests are under way at one time, here and in the
// configuration of what is measured.
const connections = 4

func bareClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true, ReadBufferSize: 64 << 10,
	}}
}

// drain reads the same lists to their ends and throws them away: what no program
// that reads them over so many connections can undercut.
func drain(ctx context.Context, root string, searches []string) (took time.Duration, pages int, err error) {
	client := bareClient()
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	begin := time.Now()
	err = shared(len(searches), func(i int) error {
		buf := make([]byte, 128<<10)
		for next := root + searches[i]; next != ""; {
			var err error
			if next, err = swallow(ctx, client, next, buf); err != nil {
				return err
			}
			mu.Lock()
			pages++
			mu.Unlock()
		}
		return nil
	})
	return time.Since(begin), pages, err
}

var nextLink = []byte(`{"relation":"next","url":"`)

// swallow reads one page, and looks for the next link near its beginning only.
func swallow(ctx context.Context, client *http.Client, address string, buf []byte) (next string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("draining was answered with %s", resp.Status)
	}
	n, err := io.ReadFull(resp.Body, buf[:min(4<<10, len(buf))])
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	if err != nil {
		return "", err
	}
	if _, rest, ok := bytes.Cut(buf[:n], nextLink); ok {
		url, _, _ := bytes.Cut(rest, []byte(`"`))
		next = string(url)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, resp.Body, buf)
	return next, err
}

// replay sends transactions as they once were sent, over the same number of
// connections, and reads the answers.
func replay(ctx context.Context, root string, bodies [][]byte) error {
	client := bareClient()
	defer client.CloseIdleConnections()
	return shared(len(bodies), func(i int) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, root+"/fhir", strings.NewReader(string(bodies[i])))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/fhir+json")
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("a transaction was answered with %s", resp.Status)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
}

// shared does n things in order, as many at one time as there are connections,
// and gives the first error.
func shared(n int, do func(i int) error) error {
	todo := make(chan int, n)
	for i := range n {
		todo <- i
	}
	close(todo)
	var first error
	var once sync.Once
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for i := range todo {
				if err := do(i); err != nil {
					once.Do(func() { first = err })
					return
				}
			}
		})
	}
	all.Wait()
	return first
}
