package connect

import (
	"testing"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// at is a computer of that OS with that environment, on which only those files exist.
func at(goos, home string, env map[string]string, files ...string) Where {
	return Where{
		GOOS: goos, Home: home, UID: 1000, User: "ann",
		Env: func(name string) string { return env[name] },
		Exists: func(path string) bool {
			for _, f := range files {
				if f == path {
					return true
				}
			}
			return false
		},
		Read: func(string) ([]byte, error) { return nil, errNoFile },
	}
}
