package web

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// sums puts together what has the same labels: values of no known set share one.
type sums map[string]*series

type series struct {
	desc   *prometheus.Desc
	labels []string
	value  float64
}

func (s sums) of(d *prometheus.Desc, labels []string) (one *series, there bool) {
	key := d.String() + "\x00" + strings.Join(labels, "\x00")
	one, there = s[key]
	if !there {
		one = &series{desc: d, labels: labels}
		s[key] = one
	}
	return one, there
}

func (s sums) add(d *prometheus.Desc, v float64, labels ...string) {
	one, _ := s.of(d, labels)
	one.value += v
}

func (s sums) least(d *prometheus.Desc, v float64, labels ...string) {
	if one, there := s.of(d, labels); !there || v < one.value {
		one.value = v
	}
}
