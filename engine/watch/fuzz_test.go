package watch

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/docker/docker/api/types/container"
)

func FuzzUsage(f *testing.F) {
	f.Add([]byte(`{"read":"2026-01-01T12:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":1000}},"memory_stats":{"usage":100,"limit":200,"stats":{"inactive_file":10}}}` +
		`{"read":"2026-01-01T12:00:01Z","cpu_stats":{"cpu_usage":{"total_usage":900000}},"memory_stats":{"usage":200,"limit":300},"networks":{"eth0":{"rx_bytes":1,"tx_bytes":2}}}`))
	f.Add([]byte(`{"read":"0001-01-01T00:00:00Z"}{}null`))
	f.Fuzz(func(t *testing.T, stream []byte) {
		var s sampler
		for decoder := json.NewDecoder(bytes.NewReader(stream)); ; {
			var r container.StatsResponse
			if decoder.Decode(&r) != nil {
				return
			}
			u, ok := s.next(r)
			if !ok {
				continue
			}
			if u.CPU < 0 || math.IsNaN(u.CPU) || math.IsInf(u.CPU, 0) || u.Memory < 0 || u.Limit < 0 || u.Received < 0 || u.Sent < 0 {
				t.Errorf("used is %+v", u)
			}
			if n := len(u.History); n == 0 || n > historyLength || u.History[n-1] != u.CPU {
				t.Errorf("the history is %v", u.History)
			}
		}
	})
}
