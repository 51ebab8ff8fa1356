// The SDK as a program finds it on an instance or in a container: no settings but the environment's.

import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const [Bucket, Key] = process.argv.slice(2);
const s3 = new S3Client({});
await s3.send(new PutObjectCommand({ Bucket, Key, Body: "from a guest" }));
console.log(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString());
