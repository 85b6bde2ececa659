package config

import (
	"strings"
	"testing"
)

func TestTheEndpointsOfTheFileAreCheckedByTheirNames(t *testing.T) {
	for name, c := range map[string]struct {
		endpoints []Endpoint
		also      []string
		says      string
	}{
		"two of a name": {[]Endpoint{{Name: "a", Host: "ssh://a"}, {Name: "a", Host: "ssh://b"}}, nil, "there twice"},
		"none":          {[]Endpoint{{Host: "ssh://a"}}, nil, "must not be empty"},
		"an address":    {[]Endpoint{{Name: "ssh://a", Host: "ssh://a"}}, nil, "is an address"},
		"two lines":     {[]Endpoint{{Name: "a\nb", Host: "ssh://a"}}, nil, "one line"},
		"no host":       {[]Endpoint{{Name: "a"}}, nil, "must name a host"},
		"nothing too":   {nil, []string{""}, "must name an endpoint"},
		// Where it is used it is said that it cannot be; the rest of the file is in force all the same.
		"an odd host": {[]Endpoint{{Name: "a", Host: "gopher://a"}}, []string{"gone"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Default()
			s.Endpoints, s.AlsoEndpoints = c.endpoints, c.also
			err := s.Validate()
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("says %v", err)
			}
		})
	}
}
