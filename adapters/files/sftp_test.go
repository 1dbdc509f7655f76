package files

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"brygga/adapters"
)

func itoa(n int) string { return strconv.Itoa(n) }

// big is a file of many SFTP requests.
func big(n int) string { return "Id;Namn\n" + strings.Repeat("1;Åsa\n", n) }

func TestFilesAreReadOverSFTP(t *testing.T) {
	w, _ := remoteWorld(t, visits())
	w.put("besok_1.csv", csvOf("1"), day)
	w.put("besok_2.csv", big(300_000), hour)
	w.put("besok_3.csv.tmp", "half", hour)
	o, r := w.complete("")
	if o.Rows != 300_000 || len(r.all) != 300_000 || o.Bytes != int64(len(big(300_000))) {
		t.Errorf("%+v", o)
	}
	if same, _ := w.complete(o.Checkpoint); !same.Same {
		t.Errorf("%+v", same)
	}
	if err := os.Symlink("besok_1.csv", filepath.Join(w.dir, "besok_9.csv")); err != nil {
		t.Fatal(err)
	}
	if same, _ := w.complete(o.Checkpoint); !same.Same {
		t.Errorf("a link was followed: %+v", same)
	}
}

func TestWaysToSignInOverSFTP(t *testing.T) {
	key, private := ed25519Key(t)
	tests := []struct {
		name string
		set  func(w *world, s *server)
	}{
		{"by password", func(*world, *server) {}},
		{"by a key", func(w *world, s *server) {
			s.user = key.PublicKey()
			w.o.SFTP.Password, w.o.SFTP.Key = "", private
		}},
		{"by password where the key is not taken", func(w *world, _ *server) { w.o.SFTP.Key = private }},
		{"by a password that is asked for as a question", func(_ *world, s *server) { s.asking = true }},
		{"at a server with several keys, of which an older kind is known", func(w *world, s *server) {
			old := rsaKey(t)
			s.keys = append(s.keys, old)
			w.o.SFTP.KnownHosts = s.known(old)
		}},
		{"with a path from the root", func(w *world, _ *server) { w.o.SFTP.Path = w.dir }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, s := remoteWorld(t, visits())
			w.put("besok_1.csv", csvOf("1"), day)
			s.mu.Lock()
			tt.set(w, s)
			s.mu.Unlock()
			w.complete("")
		})
	}
}

func TestFaultsOfAnSFTPServer(t *testing.T) {
	other, private := ed25519Key(t)
	tests := []struct {
		name  string
		set   func(w *world, s *server)
		class adapters.Class
		says  string
		dials int64 // 0: not counted
	}{
		{"a key that nobody knows", func(w *world, s *server) { w.o.SFTP.KnownHosts = s.known() }, adapters.Fatal, "is not known", 1},
		{"a key that is another than the known one", func(w *world, s *server) { w.o.SFTP.KnownHosts = s.known(other) }, adapters.Fatal, "has CHANGED", 1},
		{"a known key of a kind that it no longer has", func(w *world, s *server) { w.o.SFTP.KnownHosts = s.known(rsaKey(t)) }, adapters.Fatal, "may have CHANGED", 1},
		{"a wrong password", func(w *world, _ *server) { w.o.SFTP.Password = "hemligt" }, adapters.Credentials, "does not let us in", 1},
		{"a wrong password that is asked for as a question", func(w *world, s *server) { s.asking, w.o.SFTP.Password = true, "hemligt" }, adapters.Credentials, "does not let us in", 1},
		{"a key that is not let in", func(w *world, _ *server) { w.o.SFTP.Password, w.o.SFTP.Key = "", private }, adapters.Credentials, "does not let us in", 1},
		{"a user that may not use SFTP", func(_ *world, s *server) { s.noSFTP = true }, adapters.Fatal, "not to SFTP", 1},
		{"no such folder", func(w *world, _ *server) { w.o.SFTP.Path = "hemligt/arkiv" }, adapters.Fatal, "no such folder", 1},
		{"nothing at the port", func(w *world, s *server) { w.o.SFTP.Port = closedPort(t); w.o.SFTP.KnownHosts = s.known(s.keys[0]) }, adapters.Retry, "cannot be reached", 0},
		{"connections that are always lost", func(_ *world, s *server) { s.cut.Store(8_000); s.cuts.Store(100) }, adapters.Retry, "was lost, also when made again", 0},
		{"connections that are lost from the start", func(_ *world, s *server) { s.cut.Store(0); s.cuts.Store(100) }, adapters.Retry, "was lost, also when made again", 4},
		{"a server that does not answer", func(w *world, s *server) { w.o.Timeout, w.o.Retries = 50*time.Millisecond, 1; s.mute.Store(true) }, adapters.Retry, "does not answer in time", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, s := remoteWorld(t, visits())
			w.put("besok_1.csv", big(100_000), day)
			s.mu.Lock()
			tt.set(w, s)
			s.mu.Unlock()
			e := w.refused(tt.class, tt.says)
			w.silent(e, "hemligt", "sesam", w.dir)
			if tt.dials > 0 && s.dials.Load() != tt.dials {
				t.Errorf("%d connections were made, want %d", s.dials.Load(), tt.dials)
			}
		})
	}
}

func closedPort(t *testing.T) int {
	s := newServer(t, t.TempDir())
	return s.port ^ 1 // next to one that is taken; if somebody has it, it is no SFTP server that is known
}

func TestALostConnectionIsMadeAgainAndReadOnWhereItWas(t *testing.T) {
	for _, after := range []int64{3_000, 200_000, 1_000_000, 2_500_000} {
		t.Run("lost after "+itoa(int(after))+" bytes", func(t *testing.T) {
			w, s := remoteWorld(t, visits())
			w.put("besok_1.csv", big(200_000), day)
			s.cut.Store(after)
			s.cuts.Store(2)
			o, _ := w.complete("")
			if o.Rows != 200_000 || s.dials.Load() < 2 {
				t.Errorf("%d rows over %d connections", o.Rows, s.dials.Load())
			}
		})
	}
	t.Run("hung up on while pages are taken", func(t *testing.T) {
		w, s := remoteWorld(t, visits())
		w.put("besok_1.csv", big(200_000), day)
		n := 0
		r := &rows{slow: func() {
			if n++; n == 1 || n == 5000 {
				s.hangUp()
			}
		}}
		o := w.system().Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, r)
		if !o.Complete || len(r.all) != 200_000 {
			t.Errorf("%+v, %v", o, o.Fault)
		}
	})
	t.Run("the file is another when the connection is there again", func(t *testing.T) {
		w, s := remoteWorld(t, visits())
		w.put("besok_1.csv", big(400_000), day)
		done := false
		r := &rows{slow: func() {
			if !done {
				done = true
				w.put("besok_1.csv", big(400_001), hour)
				s.hangUp()
			}
		}}
		o := w.system().Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, r)
		if o.Complete || o.Fault == nil || !strings.Contains(o.Fault.What, "changed while it was read") {
			t.Errorf("%+v, %v", o, o.Fault)
		}
	})
}

func TestAPullOverSFTPThatIsStoppedEnds(t *testing.T) {
	w, s := remoteWorld(t, visits())
	w.put("besok_1.csv", big(200_000), day)
	ctx, stop := context.WithCancel(context.Background())
	r := &rows{slow: func() { s.mute.Store(true); stop() }}
	o := w.system().Pull(ctx, adapters.Query{Kind: "visit", Type: "besok"}, r)
	if o.Complete || o.Fault == nil || o.Fault.Class != adapters.Retry {
		t.Errorf("%+v", o)
	}
}

func TestPullsOfOneSystemShareItsConnections(t *testing.T) {
	w, s := remoteWorld(t, visits())
	w.put("besok_1.csv", big(1000), day)
	w.o.Connections = 1
	sys := w.system()
	done := make(chan adapters.Outcome)
	for range 4 {
		go func() {
			done <- sys.Pull(context.Background(), adapters.Query{Kind: "visit", Type: "besok"}, &rows{})
		}()
	}
	for range 4 {
		if o := <-done; !o.Complete {
			t.Error(o.Fault)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dials.Load() != 4 {
		t.Errorf("%d connections for four pulls", s.dials.Load())
	}
}

func TestKeysOfHosts(t *testing.T) {
	w, s := remoteWorld(t, visits())
	_ = w
	old, new := rsaKey(t), s.keys[0]
	known, err := knownKeys(s.known(old, new))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(algorithms(known, s.host+":"+itoa(s.port)), " ")
	if got != ssh.KeyAlgoRSASHA512+" "+ssh.KeyAlgoRSASHA256+" "+ssh.KeyAlgoED25519 {
		t.Errorf("algorithms %s", got)
	}
	if a := algorithms(known, "annan.example:22"); a != nil {
		t.Errorf("of an unknown host: %v", a)
	}
	revoked := filepath.Join(t.TempDir(), "known_hosts")
	line := "@revoked * " + strings.SplitN(string(ssh.MarshalAuthorizedKey(new.PublicKey())), "\n", 2)[0] + "\n"
	if err := os.WriteFile(revoked, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	w.put("besok_1.csv", csvOf("1"), day)
	w.o.SFTP.KnownHosts = revoked
	w.refused(adapters.Fatal, "revoked")
}
