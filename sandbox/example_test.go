package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"brygga/sandbox"
)

// A server with one client, who is searched for over HTTP while CareTeams cannot be read.
func Example() {
	night := time.Date(2026, 11, 21, 1, 30, 0, 0, time.UTC)
	s := sandbox.New(sandbox.Options{Clock: func() time.Time { return night }})
	if err := s.Load(json.RawMessage(`{"resourceType":"Patient","id":"p1","birthDate":"1939-02-23"}`)); err != nil {
		fmt.Println(err)
		return
	}
	s.SetFault(sandbox.OnType("CareTeam", sandbox.Fault{Status: http.StatusForbidden}))
	base, stop, err := s.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	defer http.DefaultClient.CloseIdleConnections()

	for _, search := range []string{"/Patient?birthdate=lt1940&_summary=count", "/CareTeam"} {
		r, err := http.Get(base + search)
		if err != nil {
			fmt.Println(err)
			return
		}
		var answer struct {
			ResourceType string
			Total        int
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		_ = json.Unmarshal(body, &answer)
		fmt.Println(r.StatusCode, answer.ResourceType, answer.Total)
	}
	fmt.Println(s.Requests().Requests["GET Patient"], s.Requests().Written())
	// Output:
	// 200 Bundle 1
	// 403 OperationOutcome 0
	// 1 0
}
