package store

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"
)

func TestShards(t *testing.T) {
	ctx, path := context.Background(), pathIn(t)
	tenant := openAt(t, path).Tenant("exempelkommun")
	other := openAt(t, path).Tenant("exempelkommun") // as another process has it
	parts := [][]byte{[]byte("zero Patient/secret"), []byte("one"), []byte("two")}
	ok(t, tenant.PutShards(ctx, "r", parts))
	ok(t, tenant.PutShards(ctx, "r", parts)) // twice is as good as once
	ok(t, tenant.PutShards(ctx, "q", parts[:1]))
	stands := func(when, run string, of int, want map[int]string) {
		t.Helper()
		n, done, err := other.ShardsDone(ctx, run)
		ok(t, err)
		got := map[int]string{}
		for shard, outcome := range done {
			got[shard] = string(outcome)
		}
		if n != of || !reflect.DeepEqual(got, want) {
			t.Errorf("%s, %d shards of %s, done %v; and should be %d, done %v", when, n, run, got, of, want)
		}
	}
	stands("at first", "r", 3, map[int]string{})
	stands("of a run that has none", "none", 0, map[int]string{})

	content, there, err := other.Shard(ctx, "r", 0)
	ok(t, err)
	if !there || !bytes.Equal(content, parts[0]) {
		t.Errorf("a shard is %q, %v", content, there)
	}
	for _, row := range []struct {
		name    string
		run     string
		shard   int
		outcome string
		want    bool
	}{
		{"a shard that has still to be done is done", "r", 0, "well", true},
		{"saying it again changes nothing", "r", 0, "well", true},
		{"a shard that is done does not get another outcome", "r", 0, "otherwise", false},
		{"a shard that never was is not done", "r", 3, "well", false},
		{"a shard of another run is another", "q", 0, "there", true},
	} {
		done, err := other.ShardDone(ctx, row.run, row.shard, []byte(row.outcome))
		ok(t, err)
		if done != row.want {
			t.Errorf("%s: %v", row.name, done)
		}
	}
	stands("with one done", "r", 3, map[int]string{0: "well"})
	for shard, want := range map[int]bool{0: false, 1: true, 3: false} {
		if is, err := tenant.ShardStands(ctx, "r", shard); err != nil || is != want {
			t.Errorf("shard %d stands: %v, %v", shard, is, err)
		}
	}

	ok(t, tenant.WithdrawShards(ctx, "r"))
	if _, there, err := other.Shard(ctx, "r", 1); err != nil || there {
		t.Errorf("a shard that was withdrawn is there: %v, %v", there, err)
	}
	if done, err := other.ShardDone(ctx, "r", 1, []byte("late")); err != nil || done {
		t.Errorf("a shard that was withdrawn was done: %v, %v", done, err)
	}
	stands("withdrawn", "r", 3, map[int]string{0: "well"})
	runs, err := tenant.Spreads(ctx)
	ok(t, err)
	if !reflect.DeepEqual(runs, map[string]int{"r": 3, "q": 1}) {
		t.Errorf("runs with shards: %v", runs)
	}
	ok(t, tenant.ForgetShards(ctx, "r"))
	ok(t, tenant.ForgetShards(ctx, "r"))
	stands("forgotten", "r", 0, map[int]string{})
	stands("another run", "q", 1, map[int]string{0: "there"})
	if runs, err := openAt(t, path).Tenant("annankommun").Spreads(ctx); err != nil || len(runs) > 0 {
		t.Errorf("another tenant sees %v, %v", runs, err)
	}
}

// What is in a shard cannot be read without the key.
func TestShardsAreSealed(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, pathIn(t))
	ok(t, s.Tenant("exempelkommun").PutShards(ctx, "r", [][]byte{[]byte(strings.Repeat("Patient/secret ", 9))}))
	rows, err := s.read.QueryContext(ctx, `SELECT area, key, content FROM item`)
	ok(t, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var area, key, content []byte
		ok(t, rows.Scan(&area, &key, &content))
		if bytes.Contains(bytes.Join([][]byte{area, key, content}, nil), []byte("secret")) {
			t.Errorf("a row of %s shows what is in a shard", area)
		}
		n++
	}
	if ok(t, rows.Err()); n != 2 {
		t.Errorf("%d rows", n)
	}
}
