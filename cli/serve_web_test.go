package cli

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"brygga/config"
)

// Whoever looks at a store that does not answer holds up nobody who looks at another.
func TestALookAtAStoreThatHangsHoldsUpNoOther(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s := newServing(t)
	s.tenant("a.yaml", "a-kommun", "a.db", "http://127.0.0.1:9")
	s.tenant("b.yaml", "b-kommun", "b.db", "http://127.0.0.1:9")
	load := func(file string) *config.Config {
		cfg, problems := config.Load(filepath.Join(s.dir, file), os.LookupEnv)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("a.yaml", strings.Replace(string(b), "sqlite:a.db", "postgres://brygga@"+silent.Addr().String()+"/brygga?sslmode=disable", 1))
	l := &looker{now: time.Now, log: zerolog.Nop()}
	defer l.close()
	ctx, stop := context.WithCancel(t.Context())
	hangs := make(chan error, 1)
	go func() { _, err := l.at(ctx, load("a.yaml")); hangs <- err }()
	conn, err := silent.Accept() // it is at it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	looked := make(chan error, 1)
	go func() { _, err := l.at(t.Context(), load("b.yaml")); looked <- err }()
	select {
	case err := <-looked:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("a look at another store waits for it")
	}
	stop()
	if err := <-hangs; err == nil {
		t.Error("a store that says nothing was looked at")
	}
}
