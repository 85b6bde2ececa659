package connect

import "testing"

// An address has no TLS files: what is sent there can be read on the way, and the window has to say so.
func TestAnAddressThatIsNoEndpointsIsKnownToBeWithoutTLS(t *testing.T) {
	for host, open := range map[string]bool{"tcp://192.0.2.1:2375": true, "tcp://127.0.0.1:2375": false, "ssh://ann@192.0.2.1": false} {
		list, _ := plan(at("linux", "", nil), host)
		if list[0].Host != host || list[0].Open() != open {
			t.Errorf("%s is %+v", host, list[0])
		}
	}
}
