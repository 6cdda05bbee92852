"""docker-py 7 against an engine, unchanged: what people's scripts, Ansible and Compose v1 do.

    python docker_py.py unix:///path/to.sock IMAGE

Works the same against a Docker Engine: nothing here knows whose engine it is.
"""

import io
import sys
import tarfile
import threading
import time
import unittest

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import EndpointConfig, IPAMConfig, IPAMPool

URL, IMAGE = sys.argv[1], sys.argv[2]
LABEL = {"cnm.test": "docker-py"}


def until(holds, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to hold in time")
        time.sleep(0.02)


class Engine(unittest.TestCase):
    def setUp(self):
        self.client = docker.DockerClient(base_url=URL, version="auto", timeout=60)
        self.addCleanup(self.client.close)
        self.addCleanup(self.clean)

    def clean(self):
        for container in self.client.containers.list(all=True, filters={"label": "cnm.test"}):
            container.remove(force=True)
        for network in self.client.networks.list(filters={"label": "cnm.test"}):
            network.remove()

    def network(self, name, **options):
        return self.client.networks.create(name, labels=LABEL, **options)

    def start(self, name, command=("sleep", "1d"), **options):
        return self.client.containers.run(IMAGE, list(command), name=name, detach=True, labels=LABEL, **options)

    def address(self, container, network):
        container.reload()
        return container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]


class System(Engine):
    def test_the_engine_says_who_it_is(self):
        self.assertTrue(self.client.ping())
        version = self.client.version()
        self.assertEqual(version["Os"], "linux")
        self.assertEqual(self.client.api._version, version["ApiVersion"])
        self.assertIn("Containers", self.client.info())

    def test_events_come_as_things_happen(self):
        since = int(time.time())
        network = self.network("py-events")
        network.remove()
        events = list(self.client.events(since=since, until=int(time.time()) + 1, decode=True, filters={"type": "network"}))
        mine = [event["Action"] for event in events if event["Actor"]["ID"] == network.id]
        self.assertEqual(mine, ["create", "destroy"])


class Networks(Engine):
    def test_create_with_a_space_in_its_name_list_inspect_remove(self):
        network = self.network("py net", driver="bridge", check_duplicate=True)
        self.assertEqual([n.name for n in self.client.networks.list(names=["py net"])], ["py net"])
        self.assertEqual(self.client.networks.get(network.id).name, "py net")
        self.assertEqual([n.id for n in self.client.networks.list(filters={"label": ["cnm.test=docker-py"]})], [network.id])
        network.remove()
        with self.assertRaises(NotFound):
            self.client.networks.get(network.id)

    def test_null_members_of_ipam_are_accepted(self):
        pool = IPAMPool(subnet="10.61.0.0/16", iprange=None, gateway="10.61.0.254", aux_addresses={"router": "10.61.0.1"})
        network = self.network("py-ipam", ipam=IPAMConfig(pool_configs=[pool]))
        network.reload()
        config = network.attrs["IPAM"]["Config"][0]
        self.assertEqual((config["Subnet"], config["Gateway"]), ("10.61.0.0/16", "10.61.0.254"))
        container = self.start("py-c", network="py-ipam")
        self.assertEqual(self.address(container, "py-ipam"), "10.61.0.2")

    def test_connect_with_alias_and_address_then_disconnect(self):
        one = self.network("py-one")
        two = self.network("py-two", ipam=IPAMConfig(pool_configs=[IPAMPool(subnet="10.62.0.0/24")]))
        container = self.start("py-c", network="py-one")
        two.connect(container, aliases=["search"], ipv4_address="10.62.0.9")
        self.assertEqual(self.address(container, "py-two"), "10.62.0.9")
        self.assertIn("search", container.attrs["NetworkSettings"]["Networks"]["py-two"]["Aliases"])
        two.reload()
        self.assertEqual([c.id for c in two.containers], [container.id])
        code, output = container.exec_run(["ip", "-4", "addr", "show", "eth1"])
        self.assertEqual(code, 0)
        self.assertIn(b"10.62.0.9/24", output)
        with self.assertRaises(APIError) as refused:
            two.connect(container)
        self.assertEqual(refused.exception.status_code, 403)
        two.disconnect(container)
        container.reload()
        self.assertEqual(list(container.attrs["NetworkSettings"]["Networks"]), ["py-one"])
        with self.assertRaises(APIError) as refused:
            one.remove()
        self.assertEqual(refused.exception.status_code, 403)

    def test_endpoint_settings_at_create(self):
        self.network("py-net")
        config = self.client.api.create_networking_config({"py-net": self.client.api.create_endpoint_config(aliases=["db"])})
        host = self.client.api.create_host_config(network_mode="py-net")
        made = self.client.api.create_container(
            IMAGE, ["sleep", "1d"], name="py-c", networking_config=config, host_config=host, labels=LABEL)
        self.client.api.start(made["Id"])
        networks = self.client.api.inspect_container(made["Id"])["NetworkSettings"]["Networks"]
        self.assertIn("db", networks["py-net"]["Aliases"])

    def test_prune_takes_what_nobody_uses(self):
        self.network("py-used")
        self.network("py-unused")
        self.start("py-c", network="py-used")
        pruned = self.client.networks.prune(filters={"label": "cnm.test"})
        self.assertEqual(pruned["NetworksDeleted"], ["py-unused"])


class Containers(Engine):
    def test_a_name_is_found_on_the_network_and_only_there(self):
        self.network("py-dev")
        self.start("py-es", network="py-dev")
        output = self.client.containers.run(IMAGE, ["ping", "-c1", "py-es"], network="py-dev", remove=True, labels=LABEL)
        self.assertIn(b"1 packets received", output)
        with self.assertRaises(docker.errors.ContainerError) as refused:
            self.client.containers.run(IMAGE, ["ping", "-c1", "py-es"], remove=True, labels=LABEL)
        self.assertIn(b"bad address 'py-es'", refused.exception.stderr)

    def test_output_is_what_was_written(self):
        output = self.client.containers.run(IMAGE, ["sh", "-c", "echo out; echo err >&2"], remove=True, stderr=False, labels=LABEL)
        self.assertEqual(output, b"out\n")
        container = self.start("py-c", ["sh", "-c", "echo out; echo err >&2"])
        self.assertEqual(container.wait()["StatusCode"], 0)
        self.assertEqual(container.logs(stdout=False), b"err\n")
        self.assertEqual(container.logs(stderr=False, timestamps=False, tail=1), b"out\n")

    def test_logs_follow_to_the_end(self):
        container = self.start("py-c", ["sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.1; done"])
        lines = b"".join(container.logs(stream=True, follow=True)).splitlines()
        self.assertEqual(lines, [b"line 1", b"line 2", b"line 3"])

    def test_an_exit_status_comes_back(self):
        container = self.start("py-c", ["sh", "-c", "exit 3"])
        self.assertEqual(container.wait(), {"StatusCode": 3} | {k: v for k, v in container.wait().items() if k == "Error"})
        container.reload()
        self.assertEqual((container.status, container.attrs["State"]["ExitCode"]), ("exited", 3))

    def test_exec_with_streams_apart_status_and_environment(self):
        container = self.start("py-c")
        code, (out, err) = container.exec_run(
            ["sh", "-c", "echo $WHO; echo oops >&2; exit 4"], environment={"WHO": "me"}, demux=True)
        self.assertEqual((code, out, err), (4, b"me\n", b"oops\n"))
        code, output = container.exec_run("pwd", workdir="/tmp")
        self.assertEqual((code, output), (0, b"/tmp\n"))
        lines = b"".join(container.exec_run(["sh", "-c", "echo a; echo b"], stream=True).output)
        self.assertEqual(lines, b"a\nb\n")
        code, _ = container.exec_run(["nosuchcommand"])
        self.assertIn(code, (126, 127))

    def test_exec_reads_what_is_sent_over_the_socket(self):
        container = self.start("py-c")
        made = self.client.api.exec_create(container.id, ["cat"], stdin=True)
        stream = self.client.api.exec_start(made["Id"], socket=True)
        raw = getattr(stream, "_sock", stream)
        raw.sendall(b"hello\n")
        raw.shutdown(1)
        received = b""
        while piece := raw.recv(4096):
            received += piece
        self.assertTrue(received.endswith(b"hello\n"), received)
        until(lambda: not self.client.api.exec_inspect(made["Id"])["Running"])
        self.assertEqual(self.client.api.exec_inspect(made["Id"])["ExitCode"], 0)

    def test_attach_sees_what_comes(self):
        container = self.client.containers.create(IMAGE, ["sh", "-c", "echo one; echo two"], name="py-c", labels=LABEL)
        stream = container.attach(stream=True, stdout=True, stderr=True)
        pieces = []
        reader = threading.Thread(target=lambda: pieces.extend(stream))
        reader.start()
        container.start()
        reader.join(20)
        self.assertFalse(reader.is_alive())
        self.assertEqual(b"".join(pieces), b"one\ntwo\n")

    def test_life(self):
        container = self.client.containers.create(IMAGE, ["sleep", "1d"], name="py-c", labels=LABEL)
        self.assertEqual(container.status, "created")
        container.start()
        container.reload()
        self.assertEqual(container.status, "running")
        first = container.attrs["State"]["StartedAt"]
        container.restart(timeout=0)
        container.reload()
        self.assertEqual(container.status, "running")
        self.assertNotEqual(container.attrs["State"]["StartedAt"], first)
        container.rename("py-renamed")
        self.assertEqual(self.client.containers.get("py-renamed").id, container.id)
        top = container.top()
        self.assertTrue(any("sleep" in " ".join(process) for process in top["Processes"]), top)
        container.kill(signal="KILL")
        self.assertEqual(container.wait()["StatusCode"], 137)
        container.remove()
        with self.assertRaises(NotFound):
            container.reload()

    def test_lists_are_filtered(self):
        running, ended = self.start("py-running"), self.start("py-ended", ["true"])
        ended.wait()
        listed = lambda **options: {c.name for c in self.client.containers.list(**options)}
        mine = {"label": "cnm.test"}
        self.assertEqual(listed(filters=mine), {"py-running"})
        self.assertEqual(listed(all=True, filters=mine), {"py-running", "py-ended"})
        self.assertEqual(listed(filters=mine | {"status": "exited"}), {"py-ended"})
        self.assertEqual(listed(filters=mine | {"exited": 0}), set(), "without all, only what runs")
        self.assertEqual(listed(all=True, filters=mine | {"exited": 0}), {"py-ended"})
        self.assertEqual(listed(limit=1), {"py-ended"})
        self.assertEqual(running.short_id, running.id[:12])
        self.assertEqual(self.client.containers.prune(filters=mine)["ContainersDeleted"], [ended.id])

    def test_a_name_that_is_taken_is_refused(self):
        self.start("py-c")
        with self.assertRaises(APIError) as refused:
            self.start("py-c")
        self.assertEqual(refused.exception.status_code, 409)
        self.assertIn("is already in use by container", refused.exception.explanation)


class Images(Engine):
    def test_an_image_that_is_not_there(self):
        with self.assertRaises(ImageNotFound):
            self.client.images.get("nosuchimage:latest")

    def test_tag_and_untag(self):
        image = self.client.images.get(IMAGE)
        self.assertTrue(image.tag("py-image", "v1"))
        self.assertIn("py-image:v1", self.client.images.get("py-image:v1").tags)
        self.client.images.remove("py-image:v1")
        with self.assertRaises(ImageNotFound):
            self.client.images.get("py-image:v1")

    def test_import_of_a_tar(self):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo("etc/greeting")
            entry.size = 3
            tar.addfile(entry, io.BytesIO(b"hi\n"))
        self.client.api.import_image_from_data(archive.getvalue(), repository="py-imported", tag="v1")
        image = self.client.images.get("py-imported:v1")
        self.assertTrue(image.id.startswith("sha256:"))
        self.client.images.remove("py-imported:v1")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2, warnings="ignore")
