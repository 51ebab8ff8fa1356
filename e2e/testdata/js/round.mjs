// The AWS SDK for JavaScript v3's round of work, and a JSON report of it.
// Runs on Node.js 18 (Debian 12) and newer.

import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import * as S3 from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { client, sum, sumOf } from "./common.mjs";

const report = {};

const green = client("GREEN");
const blue = client("BLUE");
const Bucket = "js-work";

const call = (operation, input, s3 = green) => s3.send(new S3[operation + "Command"](input));

// The error's name of a call, "ok" if it has none.
async function code(operation, input, s3 = green) {
  try {
    await call(operation, input, s3);
    return "ok";
  } catch (e) {
    return e.name;
  }
}

const text = async (input) => (await call("GetObject", { Bucket, ...input })).Body.transformToString();

async function objects() {
  await call("CreateBucket", { Bucket });
  await call("PutObject", {
    Bucket, Key: "a/ü +%&'.txt", Body: "0123456789", ContentType: "text/x", Metadata: { colour: "blue" }, Tagging: "kind=small", ChecksumAlgorithm: "SHA256",
  });
  const got = await call("GetObject", { Bucket, Key: "a/ü +%&'.txt", ChecksumMode: "ENABLED" });
  report.get = [await got.Body.transformToString(), got.ContentType, got.Metadata, got.TagCount, Boolean(got.ChecksumSHA256)];
  const range = await call("GetObject", { Bucket, Key: "a/ü +%&'.txt", Range: "bytes=3-5" });
  report.range = [await range.Body.transformToString(), range.ContentRange, range.$metadata.httpStatusCode];
  await call("CopyObject", { Bucket, Key: "copy", CopySource: encodeURIComponent(`${Bucket}/a/ü +%&'.txt`), MetadataDirective: "REPLACE", Metadata: { new: "1" } });
  report.copy = [await text({ Key: "copy" }), (await call("HeadObject", { Bucket, Key: "copy" })).Metadata];
  report.attributes = (await call("GetObjectAttributes", { Bucket, Key: "copy", ObjectAttributes: ["ObjectSize"] })).ObjectSize;
  report.errors = [
    await code("GetObject", { Bucket, Key: "none" }),
    await code("HeadObject", { Bucket, Key: "none" }),
    await code("GetObject", { Bucket, Key: "copy", IfMatch: '"x"' }),
    await code("GetObject", { Bucket, Key: "copy", Range: "bytes=10-" }),
    await code("PutObject", { Bucket, Key: "copy", Body: "", IfNoneMatch: "*" }),
    await code("CreateBucket", { Bucket }, blue),
    await code("DeleteBucket", { Bucket }),
  ];
}

async function parts() {
  const file = process.env.BIG;
  const [size, digest] = await sumOf(createReadStream(file));
  const upload = new Upload({
    client: green, partSize: 5 << 20, queueSize: 2, params: { Bucket, Key: "big", Body: createReadStream(file), ContentType: "image/big" },
  });
  let loaded = 0;
  upload.on("httpUploadProgress", (p) => (loaded = Math.max(loaded, p.loaded)));
  const { ETag } = await upload.done();
  const whole = await call("GetObject", { Bucket, Key: "big" });
  const back = await sumOf(whole.Body);
  report.upload = [ETag.slice(-3), loaded === size, whole.ContentType, back[0] === size, back[1] === digest];
  const second = await call("GetObject", { Bucket, Key: "big", PartNumber: 2 });
  report.part = [second.PartsCount, second.ContentLength, (await sumOf(second.Body))[0]];
  // A stream of unknown length, and one that is given up on.
  const chunks = [randomBytes(3 << 20), randomBytes(4 << 20)];
  await new Upload({ client: green, params: { Bucket, Key: "stream", Body: Readable.from(chunks) } }).done();
  report.stream = (await sumOf((await call("GetObject", { Bucket, Key: "stream" })).Body))[1] === sum(Buffer.concat(chunks));
  const endless = Readable.from((function* () { for (;;) yield Buffer.alloc(1 << 20); })());
  const given = new Upload({ client: green, params: { Bucket, Key: "given up", Body: endless } });
  given.on("httpUploadProgress", () => given.abort());
  report.abort = [await given.done().catch((e) => e.name), await code("HeadObject", { Bucket, Key: "given up" })];
  await code("AbortMultipartUpload", { Bucket, Key: "given up", UploadId: given.uploadId }); // lib-storage may be about to
  report.uploads = (await call("ListMultipartUploads", { Bucket })).Uploads ?? [];
  // Giving up a download leaves the client able to go on.
  const stop = new AbortController();
  const download = await green.send(new S3.GetObjectCommand({ Bucket, Key: "big" }), { abortSignal: stop.signal });
  for await (const chunk of download.Body) {
    if (chunk.length > 0) break;
  }
  stop.abort();
  const { UploadId } = await call("CreateMultipartUpload", { Bucket, Key: "joined" });
  const input = { Bucket, Key: "joined", UploadId };
  const one = (await call("UploadPartCopy", { ...input, PartNumber: 1, CopySource: `${Bucket}/big`, CopySourceRange: `bytes=0-${(5 << 20) - 1}` })).CopyPartResult.ETag;
  const two = (await call("UploadPart", { ...input, PartNumber: 2, Body: "the end" })).ETag;
  await call("CompleteMultipartUpload", { ...input, MultipartUpload: { Parts: [{ PartNumber: 1, ETag: one }, { PartNumber: 2, ETag: two }] } });
  report.joined = await text({ Key: "joined", Range: "bytes=-7" });
}

async function pages() {
  let keys = 0;
  const prefixes = new Set();
  for await (const page of S3.paginateListObjectsV2({ client: green }, { Bucket: "many" })) keys += page.KeyCount;
  for await (const page of S3.paginateListObjectsV2({ client: green, pageSize: 3 }, { Bucket: "many", Delimiter: "/" })) {
    for (const p of page.CommonPrefixes ?? []) prefixes.add(p.Prefix);
  }
  report.pages = [keys, prefixes.size];
  report.refused = await code("ListObjectsV2", { Bucket: "many" }, blue);
  const statement = { Effect: "Allow", Principal: { AWS: process.env.BLUE_ID }, Action: "s3:ListBucket", Resource: "arn:aws:s3:::many" };
  await call("PutBucketPolicy", { Bucket: "many", Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) });
  report.allowed = [await code("ListObjectsV2", { Bucket: "many" }, blue), await code("GetObject", { Bucket: "many", Key: "folder 0/0000" }, blue)];
}

async function presigned() {
  const answer = async (url, init) => {
    const r = await fetch(url, init);
    return [r.status, (await r.text()).replace(/[^]*<Code>(.*)<\/Code>[^]*/, "$1")];
  };
  // Otherwise the SDK signs the checksum of an empty body into the URL.
  const presigner = client("GREEN", { requestChecksumCalculation: "WHEN_REQUIRED" });
  const put = await getSignedUrl(presigner, new S3.PutObjectCommand({ Bucket, Key: "by url +%" }), { expiresIn: 300 });
  const get = await getSignedUrl(presigner, new S3.GetObjectCommand({ Bucket, Key: "by url +%" }), { expiresIn: 300 });
  report.presigned = [
    await answer(put, { method: "PUT", body: "text" }),
    await answer(get),
    await answer(get, { headers: { Range: "bytes=1-2" } }),
    await answer(get.replace("by%20url", "by_url")),
  ];
}

async function versions() {
  await call("CreateBucket", { Bucket: "js-versions" });
  const key = { Bucket: "js-versions", Key: "k" };
  await call("PutBucketVersioning", { Bucket: key.Bucket, VersioningConfiguration: { Status: "Enabled" } });
  const first = (await call("PutObject", { ...key, Body: "first" })).VersionId;
  const second = (await call("PutObject", { ...key, Body: "second" })).VersionId;
  const marker = await call("DeleteObject", key);
  const list = await call("ListObjectVersions", { Bucket: key.Bucket });
  report.versions = [
    marker.DeleteMarker, list.Versions.map((v) => v.VersionId === second || v.VersionId === first), list.DeleteMarkers.length,
    await code("GetObject", key), await text({ ...key, VersionId: first }),
  ];
  await call("DeleteObject", { ...key, VersionId: marker.VersionId });
  report.restored = await text(key);
  const gone = await call("DeleteObjects", { Bucket: key.Bucket, Delete: { Objects: [first, second].map((VersionId) => ({ Key: "k", VersionId })) } });
  report.emptied = [gone.Deleted.length, await code("DeleteBucket", { Bucket: key.Bucket })];
}

for (const step of [objects, parts, pages, presigned, versions]) await step();
console.log(JSON.stringify(report));
